//! What every operation of the document has in common.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::errors::{ProblemDocument, ProblemKind};
use super::examples;

/// What an operation may answer with besides what its handler describes.
struct Common {
    /// `operationId`.
    id: &'static str,
    /// Its own problems; those of every operation come on top.
    problems: &'static [ProblemKind],
    /// Whether it is counted, and so takes a key.
    counted: bool,
    /// Whether it takes a key with a scope.
    partner: bool,
    /// Whether the answer is to be had as a signed statement.
    signed: bool,
    /// The answers that the handler describes, in Chinese.
    answers_zh: &'static [(&'static str, &'static str)],
}

use ProblemKind::{
    BadRequest, CertificateNotFound, ClaimNotFound, IdempotencyKeyMissing, IdempotencyKeyReused, InsufficientScope, Internal,
    InvalidApiKey, InvalidIdentity, InvalidNumber, IssuanceNotFound, ListFixed, ListRefused, ProgrammeNotFound, TimedOut, TooLarge,
    TooMany, TooManyAtOnce, UnsupportedType,
};

const COMMON: [Common; 9] = [
    Common {
        id: "get_certificate",
        problems: &[InvalidNumber, CertificateNotFound],
        counted: true,
        partner: false,
        signed: true,
        answers_zh: &[("200", "证书。"), ("304", "与所附 `ETag` 对应的答复相比，证书没有变化。")],
    },
    Common {
        id: "look_up",
        problems: &[BadRequest, InvalidNumber, InvalidIdentity, TooLarge, UnsupportedType],
        counted: true,
        partner: false,
        signed: true,
        answers_zh: &[("200", "查到的证书，按编号排列；没有则为空。")],
    },
    Common {
        id: "confirm_certificates",
        problems: &[BadRequest, TooLarge, TooManyAtOnce, UnsupportedType],
        counted: true,
        partner: false,
        signed: false,
        answers_zh: &[("200", "按提交顺序的答复。")],
    },
    Common {
        id: "verify_file",
        problems: &[BadRequest, TooLarge, UnsupportedType],
        counted: true,
        partner: false,
        signed: true,
        answers_zh: &[("200", "验证结论。")],
    },
    Common { id: "list_claims", problems: &[BadRequest], counted: true, partner: true, signed: false, answers_zh: &[("200", "申领。")] },
    Common {
        id: "get_claim", problems: &[ClaimNotFound], counted: true, partner: true, signed: false, answers_zh: &[("200", "申领。")]
    },
    Common {
        id: "issue_certificates",
        problems: &[
            BadRequest,
            IdempotencyKeyMissing,
            IdempotencyKeyReused,
            ListFixed,
            ListRefused,
            ProgrammeNotFound,
            TooLarge,
            TooManyAtOnce,
            UnsupportedType,
        ],
        counted: true,
        partner: true,
        signed: false,
        answers_zh: &[("202", "已接受。")],
    },
    Common {
        id: "get_issuance",
        problems: &[IssuanceNotFound],
        counted: true,
        partner: true,
        signed: false,
        answers_zh: &[("200", "进度。")],
    },
    Common {
        id: "get_openapi",
        problems: &[],
        counted: false,
        partner: false,
        signed: false,
        answers_zh: &[("200", "文档。"), ("304", "与所附 `ETag` 对应的文档相同。")],
    },
];

const GUIDE: &str = "No key is needed to ask: an address may ask as often as the header `RateLimit-Policy` says. An integrator who needs more \
    gets a key from the operator and sends it as `Authorization: Bearer yx_…`; its quota then counts instead of the address's. How often one \
    person may be asked for by identity number is limited whoever asks.\n\n\
    Every answer that was counted says in `RateLimit` what is left (`r`) and in how many seconds the bucket is full again (`t`), by \
    draft-ietf-httpapi-ratelimit-headers-11. Who asks too often gets 429 with `Retry-After` in seconds.\n\n\
    Failures are problem documents (RFC 9457). Their `code` is stable, `title` and `detail` are for people, in English and Chinese; \
    `request_id` is in the header `X-Request-Id` of every answer too.\n\n\
    Every operation but one only reads: it is safe and may be repeated at will. `POST /api/v1/issuances` takes an `Idempotency-Key` \
    (draft-ietf-httpapi-idempotency-key-header): with the same key and body it does its work once and is answered alike for seven days. What partners \
    do takes a key with a scope, which the operator makes for one issuer; `docs/api.md` tells the whole of it. A certificate's answer may be \
    kept, but must be checked before it is used again (`Cache-Control: private, no-cache`), so that a revocation is seen at once; with \
    `If-None-Match` the check costs one question and answers 304 without a body.\n\n\
    With `Accept: application/jose` the answers by number, identity number and file come as a statement (JWS, RFC 7515), signed with Ed25519 by \
    a key in `/.well-known/jwks.json`, that says what was asked, when, and what was answered: to be filed and checked later without this \
    service.\n\n\
    Pages of any origin may call the API, without credentials, and read its answers, but for lookups by identity number. Names are masked in \
    every answer. New fields may be added at any time: ignore what you do not know.";

const GUIDE_ZH: &str = "查询不需要密钥：同一地址的查询次数以响应头 `RateLimit-Policy` 为准。需要更多次数的机构可向运营方申请接口密钥，以 `Authorization: Bearer yx_…` \
    发送，此后按密钥的配额计数，不再按地址计数。按证件号码查询同一人的次数另有限制，与谁来查无关。\n\n\
    凡计数的答复都以 `RateLimit` 说明余量（`r`）和恢复满额所需的秒数（`t`），格式见 draft-ietf-httpapi-ratelimit-headers-11。查询过于频繁时答复 429，\
    `Retry-After` 为应等待的秒数。\n\n\
    错误以 RFC 9457 的 problem+json 表示：`code` 固定不变，`title` 和 `detail` 供人阅读，中英文俱全；`request_id` 也在每个答复的 `X-Request-Id` 响应头中。\n\n\
    除一项外，所有操作都只读取、不改动，可以任意重试。`POST /api/v1/issuances` 须附 `Idempotency-Key`：七天内以相同的键和正文重复提交，只执行一次，答复相同。\
    合作系统的操作须用带权限的密钥，由运营方为一个颁发机构建立。证书的答复可以保存，但再次使用前须核对（`Cache-Control: private, no-cache`），\
    以便立即得知吊销；附上 `If-None-Match` 时，核对计一次查询，没有变化则答复 304，不带正文。\n\n\
    附上 `Accept: application/jose` 时，按编号、证件号码和文件的答复是一份签名声明（JWS，RFC 7515），以 `/.well-known/jwks.json` 中的 Ed25519 密钥签名，\
    写明问了什么、何时、答了什么，可以存档，日后不经本站也能核对。\n\n\
    任何网站的页面都可以不带凭据调用接口并读取答复，按证件号码的查询除外。答复中的姓名一律部分隐去。今后可能增加字段：请忽略不认识的字段。";

/// The finished document of a site at `base`.
pub fn finish(mut document: Value, base: &str) -> Value {
    document["info"] = json!({
        "title": "Yinxin certificate verification", "x-title-zh": "印信证书查验接口", "version": "1.0.0",
        "summary": "Look up and verify certificates.", "description": tidy(GUIDE), "x-description-zh": tidy(GUIDE_ZH).replace("\n ", "\n"),
    });
    document["servers"] = json!([{ "url": base }]);
    document["components"]["securitySchemes"] = json!({
        "api_key": {
            "type": "http", "scheme": "bearer", "bearerFormat": "yx_ and 43 letters and digits",
            "description": "A key of an integrator; the operator makes it.",
        },
    });
    for item in document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut()) {
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            if let Some(common) = COMMON.iter().find(|c| c.id == id) {
                complete(operation, common, base);
            }
        }
    }
    document
}

/// Joins the lines of a text, but not its paragraphs.
fn tidy(text: &str) -> String {
    text.split("\n\n").map(|p| p.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n\n")
}

fn complete(operation: &mut Value, common: &Common, base: &str) {
    let mut problems: BTreeMap<u16, Vec<ProblemKind>> = BTreeMap::new();
    let counted: &[ProblemKind] = if common.counted { &[InvalidApiKey, TooMany] } else { &[] };
    let scoped: &[ProblemKind] = if common.counted { &[InsufficientScope] } else { &[] };
    for kind in common.problems.iter().chain(counted).chain(scoped).chain(&[TimedOut, Internal]) {
        problems.entry(kind.status().as_u16()).or_default().push(*kind);
    }
    for (status, kinds) in problems {
        operation["responses"][status.to_string()] = refusal(status, &kinds, common.counted, base);
    }
    for (status, zh) in common.answers_zh {
        let answer = &mut operation["responses"][*status];
        answer["x-description-zh"] = (*zh).into();
        answer["headers"] = headers(common.counted && matches!(*status, "200" | "202" | "304"));
        if *status == "202" {
            answer["headers"]["Location"] = header("Where to follow it.", "/api/v1/issuances/is0011223344556677");
        }
        if common.id == "get_certificate" || common.id == "get_openapi" {
            answer["headers"]["ETag"] =
                header("Stands for the answer without the time of its check.", "W/\"4b0c6a1f7d2e9c3385a1b2c3d4e5f607\"");
        }
    }
    if let Some(example) = examples::answer(common.id, base) {
        let status = if operation["responses"]["202"].is_object() { "202" } else { "200" };
        operation["responses"][status]["content"]["application/json"]["example"] = example;
    }
    if common.signed {
        for status in ["200", "404"] {
            // What is not found is stated too.
            if operation["responses"][status].is_object() {
                operation["responses"][status]["content"]["application/jose"] = statement();
            }
        }
    }
    for (name, value) in examples::question(common.id) {
        operation["requestBody"]["content"]["application/json"]["examples"][name] = json!({ "value": value });
    }
    if common.counted {
        // Either without a key or with one.
        operation["security"] = if common.partner { json!([{ "api_key": [] }]) } else { json!([{}, { "api_key": [] }]) };
    }
}

fn refusal(status: u16, kinds: &[ProblemKind], counted: bool, base: &str) -> Value {
    let joined = |part: &dyn Fn(&ProblemKind) -> String| kinds.iter().map(part).collect::<Vec<_>>().join("; ");
    let examples: serde_json::Map<String, Value> = kinds
        .iter()
        .map(|kind| (kind.code().to_owned(), json!({ "value": ProblemDocument::of(*kind, None, &[], base, "18f2a3b4c5d-1a") })))
        .collect();
    // A refusal for want of tokens says what is left; one before anything was counted cannot.
    let mut headers = headers(counted && status == 429);
    match status {
        401 => headers["WWW-Authenticate"] = header("What is asked for (RFC 6750).", "Bearer realm=\"yinxin\", error=\"invalid_token\""),
        429 => {
            headers["Retry-After"] = json!({
                "description": "Seconds to wait.", "required": true, "schema": { "type": "integer", "minimum": 1 }, "example": 12,
            })
        }
        _ => {}
    }
    json!({
        "description": joined(&|kind| kind.title().en),
        "x-description-zh": joined(&|kind| kind.title().zh).replace("; ", "；"),
        "x-codes": kinds.iter().map(|kind| kind.code()).collect::<Vec<_>>(),
        "headers": headers,
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" }, "examples": examples } },
    })
}

/// The same answer in a statement.
fn statement() -> Value {
    json!({
        "schema": { "type": "string", "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$" },
        "example": "eyJhbGciOiJFZERTQSJ9.eyJzdGF0dXMiOjIwMH0.c2lnbmF0dXJl",
    })
}

/// The headers of an answer; of one that was counted, what is left too.
fn headers(counted: bool) -> Value {
    let mut headers = json!({ "X-Request-Id": header("The number of the request.", "18f2a3b4c5d-1a") });
    if counted {
        headers["RateLimit-Policy"] = header("The rule: so many (`q`) in so many seconds (`w`).", "\"address\";q=60;w=60");
        headers["RateLimit"] = header("What is left (`r`), and in how many seconds it is all back (`t`).", "\"address\";r=59;t=1");
    }
    headers
}

fn header(description: &str, example: &str) -> Value {
    json!({ "description": description, "required": true, "schema": { "type": "string" }, "example": example })
}
