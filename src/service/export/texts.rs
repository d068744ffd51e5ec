//! What the folder says of itself.

use crate::domain::issuer::Issuer;
use crate::domain::time::Instant;

/// The `README.md` of an export.
pub fn readme(issuer: &Issuer, public_url: &str, now: Instant, certificates: usize, files: bool) -> String {
    let name_en = if issuer.name_en.is_empty() { &issuer.name } else { &issuer.name_en };
    let made = now.display_beijing();
    let (pdf_zh, pdf_en) = if files {
        (
            "| `pdf/编号.pdf` | 每份证书的原始文件，与颁发时逐字节相同 |\n",
            "| `pdf/NUMBER.pdf` | each certificate's file, to the byte as it was issued |\n",
        )
    } else {
        ("", "")
    };
    format!(
        "# {name}：证书导出

{made}（北京时间）由 {public_url} 导出，共 {certificates} 份证书。这个文件夹不依赖任何网站：即使原来的服务不再运行，其中的每份证书仍可核对。

**核对一份证书**：用浏览器打开 `verify.html`（双击即可，不需要网络），选择 PDF 文件，或扫描、粘贴二维码。所有运算在本机进行。

| 文件 | 内容 |
| --- | --- |
| `verify.html` | 离线查验页：公钥、每份证书文件的摘要、吊销与更正都在其中 |
| `certificates.jsonl` | 每行一份证书：所载事实及其证明（`certificate.json` 的字段）、状态、文件摘要 |
{pdf_zh}| `keys/` | 根证书、签名证书、证明公钥、声明公钥（JWKS） |
| `states/revocations.jws` | 导出时签发的吊销与更正名单（JWS） |
| `manifest.json`、`manifest.jws` | 每个文件的 SHA-256；后者是服务对它的签名 |

状态以导出时为准：此后的吊销与更正不在其中。把 `manifest.json` 的 SHA-256 公布在可信处（例如公告），拿到副本的人就能确认没有被替换。

# {name_en}: certificates, exported

Exported by {public_url} on {made} (Beijing time): {certificates} certificates. The folder depends on no site: each certificate in it can be checked when the
service that issued them is gone.

**To check one**, open `verify.html` in a browser (a double click will do, no network is needed) and choose a PDF file, or scan or paste a code. Everything is
computed on your own machine.

| file | what it has |
| --- | --- |
| `verify.html` | the page that checks: public keys, the digest of each certificate's file, what was revoked or corrected |
| `certificates.jsonl` | a certificate a line: its facts with their proof (the fields of `certificate.json`), its state, the digest of its file |
{pdf_en}| `keys/` | root certificates, signing certificates, proof keys, statement keys (JWKS) |
| `states/revocations.jws` | the list of revoked and corrected certificates as signed then (JWS) |
| `manifest.json`, `manifest.jws` | the SHA-256 of each file; the latter is the service's signature over it |

States are those of the day of the export: what was revoked or corrected later is not in it. Publish the SHA-256 of `manifest.json` where people trust it, and
whoever has a copy can tell that it is this one.

Without the page / 不用本页: `openssl`, `pdfsig -nssdir`, pyHanko (`pyhanko sign validate --pretty-print --trust keys/roots.pem`), `yinxin verify --trust keys 文件.pdf`.
",
        name = issuer.name,
    )
}
