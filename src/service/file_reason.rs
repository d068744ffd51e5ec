//! Why a file is not genuine, in words for people and codes for programs.

use crate::sealing::verify::{Addition, Cause};

/// A reason. The first of an answer says what the file is; those behind it say what else was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileReason {
    /// `not_a_pdf`: neither a PDF nor a picture.
    NotAPdf,
    /// `other_picture`: a picture of a format that is not read.
    OtherPicture,
    /// `too_large`: more bytes than are looked at.
    TooLarge,
    /// `picture_too_large`: a picture of more pixels than are looked at.
    PictureTooLarge,
    /// `too_complex`: it would take more time or memory than any certificate needs.
    TooComplex,
    /// `damaged`: it begins as a PDF or picture and cannot be read.
    Damaged,
    /// `encrypted`: it is encrypted, or asks for a password.
    Encrypted,
    /// `truncated`: its end is missing.
    Truncated,
    /// `prepended`: something stands before it.
    Prepended,
    /// `appended`: something stands behind its end.
    Appended,
    /// `revised_signature`, `revised_validation`, `revised_annotation`, `revised_form`, `revised_page`, `revised_other`: a later revision
    /// adds that to the file that was signed.
    Revised(Addition),
    /// `rewritten`: saved anew by a program, with a signature that is not over these bytes.
    Rewritten,
    /// `signature_stripped`: it has traces of a certificate and no signature.
    SignatureStripped,
    /// `picture_only`: a PDF whose page is a picture, such as a scan or a screenshot.
    PictureOnly,
    /// `no_signature`: a PDF without a signature.
    NoSignature,
    /// `several_signatures`: more than one.
    SeveralSignatures,
    /// `not_whole_file`: the signature leaves out a part of the file.
    NotWholeFile,
    /// `altered`: changed after it was signed, or its signature comes from another file.
    Altered,
    /// `signature_malformed`: the signature is not of the kind that issuers make.
    SignatureMalformed,
    /// `other_signer`: signed by someone who is no issuer here.
    OtherSigner,
    /// `imitated_signer`: signed by someone who is no issuer here under an issuer's name.
    ImitatedSigner,
    /// `signer_not_valid`: the signing certificate was not valid for this at that time.
    SignerNotValid,
    /// `contradicts_itself`: well signed, but its embedded facts contradict it or its signer.
    ContradictsItself,
    /// `number_of_another`: it shows another number than its embedded facts have.
    NumberOfAnother,
    /// `code_of_another`: its QR code is that of another certificate.
    CodeOfAnother,
    /// `code_forged`: its QR code looks like a certificate's and proves nothing.
    CodeForged,
    /// `code_foreign`: it has a QR code, which is none of a certificate.
    CodeForeign,
    /// `code_not_found`: no QR code could be read.
    CodeNotFound,
    /// `content_differs`: what it shows differs from the record with its number.
    ContentDiffers,
    /// `real_number`: a certificate with its number exists. That proves nothing.
    RealNumber,
}

/// A reason in words: what it means, and what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// What it means, in Chinese.
    pub zh: &'static str,
    /// What it means, in English.
    pub en: &'static str,
    /// What to do next, in Chinese.
    pub next_zh: &'static str,
    /// What to do next, in English.
    pub next_en: &'static str,
}

const fn words(zh: &'static str, en: &'static str, (next_zh, next_en): (&'static str, &'static str)) -> Words {
    Words { zh, en, next_zh, next_en }
}

const ASK: (&str, &str) =
    ("请向持证人索取从本站下载的原文件，或向颁发机构核实。", "Ask the holder for the original as downloaded from here, or ask the issuer.");
const REPORT: (&str, &str) = ("请不要采信；保留本文件，并告知颁发机构。", "Do not rely on it; keep the file and tell the issuer.");
const AGAIN: (&str, &str) = (
    "请重新下载或重新传送后再试；仍不能读取时，按编号查询。",
    "Download or transfer it once more and try again; if it still cannot be read, look up its number.",
);
const RETAKE: (&str, &str) = (
    "请靠近二维码重拍：对正、光线均匀、不反光、不要用滤镜；也可以按编号查询。",
    "Take it again: close to the code, straight, in even light, without glare or filters; or look up the number.",
);
/// What to do with a picture that is too large, in pixels or in bytes.
pub const SMALLER: (&str, &str) = (
    "请发送小一些的图片：用普通模式重拍（1200 万像素足够），或裁剪出二维码周围的部分；也可以按编号查询。",
    "Send a smaller one: take it again in the camera's usual mode (12 megapixels are plenty), or crop it to the code; or look up the number.",
);
const COMPARE: (&str, &str) = ("请把下列内容与文件上显示的逐项核对。", "Compare each line below with what the file shows.");

impl FileReason {
    /// The name in answers of the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAPdf => "not_a_pdf",
            Self::OtherPicture => "other_picture",
            Self::TooLarge => "too_large",
            Self::PictureTooLarge => "picture_too_large",
            Self::TooComplex => "too_complex",
            Self::Damaged => "damaged",
            Self::Encrypted => "encrypted",
            Self::Truncated => "truncated",
            Self::Prepended => "prepended",
            Self::Appended => "appended",
            Self::Revised(Addition::Signature) => "revised_signature",
            Self::Revised(Addition::Validation) => "revised_validation",
            Self::Revised(Addition::Annotation) => "revised_annotation",
            Self::Revised(Addition::Form) => "revised_form",
            Self::Revised(Addition::Page) => "revised_page",
            Self::Revised(Addition::Other) => "revised_other",
            Self::Rewritten => "rewritten",
            Self::SignatureStripped => "signature_stripped",
            Self::PictureOnly => "picture_only",
            Self::NoSignature => "no_signature",
            Self::SeveralSignatures => "several_signatures",
            Self::NotWholeFile => "not_whole_file",
            Self::Altered => "altered",
            Self::SignatureMalformed => "signature_malformed",
            Self::OtherSigner => "other_signer",
            Self::ImitatedSigner => "imitated_signer",
            Self::SignerNotValid => "signer_not_valid",
            Self::ContradictsItself => "contradicts_itself",
            Self::NumberOfAnother => "number_of_another",
            Self::CodeOfAnother => "code_of_another",
            Self::CodeForged => "code_forged",
            Self::CodeForeign => "code_foreign",
            Self::CodeNotFound => "code_not_found",
            Self::ContentDiffers => "content_differs",
            Self::RealNumber => "real_number",
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Revised(addition) => revised(addition),
            Self::NotAPdf => words(
                "这不是 PDF 文件，也不是照片",
                "This is neither a PDF file nor a picture",
                (
                    "证书原文件是 PDF。请选择从本站下载的 PDF，或证书的照片（JPEG、PNG）。",
                    "A certificate is a PDF: choose the one downloaded from here, or a photograph of it (JPEG, PNG).",
                ),
            ),
            Self::OtherPicture => words(
                "这种图片格式不能读取",
                "Pictures of this format are not read",
                (
                    "请另存为 JPEG 或 PNG 后再试（苹果手机：设置 › 相机 › 格式 › 兼容性最佳）。",
                    "Save it as JPEG or PNG and try again (iPhone: Settings › Camera › Formats › Most Compatible).",
                ),
            ),
            Self::TooLarge => words("文件过大，没有查看", "The file is too large and was not looked at", AGAIN),
            Self::PictureTooLarge => words("图片的像素过多，没有查看", "The picture has too many pixels and was not looked at", SMALLER),
            Self::TooComplex => words(
                "文件的结构异常复杂，任何证书都不会这样：可能是为干扰查验而制作的",
                "The file is made more complex than any certificate: it may be meant to keep its reader busy",
                REPORT,
            ),
            Self::Damaged => words("文件已损坏，不能读取", "The file is damaged and cannot be read", AGAIN),
            Self::Encrypted => {
                words("文件被加密或设有密码；颁发的证书从不加密", "The file is encrypted or has a password; certificates never do", ASK)
            }
            Self::Truncated => words("文件不完整：末尾缺失", "The file is not complete: its end is missing", AGAIN),
            Self::Prepended => words("文件开头之前被加入了别的内容", "Something was put before the beginning of the file", ASK),
            Self::Appended => words("文件结尾之后被追加了别的内容", "Something was added behind the end of the file", ASK),
            _ => self.words_of_signature(),
        }
    }

    fn words_of_signature(self) -> Words {
        match self {
            Self::Rewritten => words(
                "文件被其他程序重新保存过，原来的签名已不适用",
                "Another program saved the file anew: the signature is not over what is here now",
                ASK,
            ),
            Self::SignatureStripped => words("证书的签名被去掉了", "The certificate's signature was taken away", REPORT),
            Self::PictureOnly => words(
                "这是图片做成的 PDF（扫描件或截图），没有签名",
                "This PDF is only a picture (a scan or screenshot) and has no signature",
                ASK,
            ),
            Self::NoSignature => words(
                "文件没有数字签名：不是原文件，例如打印成的 PDF 或自制的文件",
                "The file has no signature: it is no original, but printed to PDF or made by someone",
                ASK,
            ),
            Self::SeveralSignatures => {
                words("文件有不止一个签名；证书只有一个", "The file has several signatures; a certificate has one", REPORT)
            }
            Self::NotWholeFile => words(
                "签名没有覆盖整个文件：未覆盖的部分可以是任何内容",
                "The signature does not cover the whole file: the rest may say anything",
                REPORT,
            ),
            Self::Altered => words(
                "内容在签名之后被改动，或者签名取自另一份文件",
                "The content was changed after it was signed, or the signature was taken from another file",
                REPORT,
            ),
            Self::SignatureMalformed => words(
                "签名不符合颁发机构的签名方式，或签名本身无效",
                "The signature is not of the kind that issuers make, or is itself invalid",
                REPORT,
            ),
            Self::OtherSigner => words("签名者不是本站的颁发机构", "It was signed by someone who is no issuer here", REPORT),
            Self::ImitatedSigner => words(
                "签名者冒用颁发机构的名称：所用证书不是颁发机构的",
                "The signer uses an issuer's name with a certificate that is not the issuer's",
                REPORT,
            ),
            Self::SignerNotValid => {
                words("签名所用的证书在签名时无效，或不作此用途", "The signing certificate was not valid for this", REPORT)
            }
            Self::ContradictsItself => {
                words("文件内附的事实与其证明或签名者相矛盾", "The facts inside the file contradict their proof or the signer", REPORT)
            }
            _ => self.words_of_content(),
        }
    }

    fn words_of_content(self) -> Words {
        match self {
            Self::NumberOfAnother => words(
                "页面上的编号与文件内附的事实不同：编号可能取自另一份证书",
                "The page shows another number than the facts inside the file: it may be that of another certificate",
                REPORT,
            ),
            Self::CodeOfAnother => words("页面上的二维码属于另一份证书", "The QR code on the page is that of another certificate", REPORT),
            Self::CodeForged => words("二维码是伪造的，或已被改动", "The QR code is forged or changed", REPORT),
            Self::CodeForeign => words("图中的二维码不是证书的二维码", "The QR code in the picture is none of a certificate", RETAKE),
            Self::CodeNotFound => words("没有读到二维码", "No QR code could be read", RETAKE),
            Self::ContentDiffers => words("文件显示的内容与登记记录不一致", "What the file shows differs from the record", REPORT),
            _ => words(
                "文件上的编号确有其证，但这不能说明本文件是真的",
                "A certificate with this number exists; that does not make this file genuine",
                COMPARE,
            ),
        }
    }
}

fn revised(addition: Addition) -> Words {
    match addition {
        Addition::Signature => words("签发之后又被加上了别的签名", "Another signature was added after it was issued", ASK),
        Addition::Validation => words(
            "签发之后被某个程序加上了签名验证数据；请使用未经处理的原文件",
            "A program added validation data after it was issued; use the original as it was",
            ASK,
        ),
        Addition::Annotation => {
            words("签发之后被加上了批注、图章或覆盖物", "Notes, stamps or covers were put on it after it was issued", REPORT)
        }
        Addition::Form => words("签发之后表单内容被填写或改动", "Form fields were filled in or changed after it was issued", REPORT),
        Addition::Page => words("签发之后页面内容被增加或替换", "Content of its page was added or replaced after it was issued", REPORT),
        Addition::Other => words("签发之后文件被改动并另存为新的版本", "It was changed after it was issued, in a later revision", ASK),
    }
}

impl From<Cause> for FileReason {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::TooLarge => Self::TooLarge,
            Cause::NotAPdf => Self::NotAPdf,
            Cause::Encrypted => Self::Encrypted,
            Cause::Truncated => Self::Truncated,
            Cause::Prepended => Self::Prepended,
            Cause::Appended => Self::Appended,
            Cause::Revised(addition) => Self::Revised(addition),
            Cause::Rewritten => Self::Rewritten,
            Cause::Unsigned => Self::NoSignature,
            Cause::SeveralSignatures => Self::SeveralSignatures,
            Cause::NotWholeFile => Self::NotWholeFile,
            Cause::Altered => Self::Altered,
            Cause::Malformed => Self::SignatureMalformed,
            Cause::OtherSigner => Self::OtherSigner,
            Cause::ImitatedSigner => Self::ImitatedSigner,
            Cause::SignerNotValid => Self::SignerNotValid,
        }
    }
}
