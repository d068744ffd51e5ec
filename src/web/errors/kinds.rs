//! The kinds of failure and their fixed words: what page, problem document and the page of problems say.

use axum::http::StatusCode;

use super::Message;

/// The kinds of failure; their codes are part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    BadRequest,
    InvalidNumber,
    InvalidIdentity,
    CertificateNotFound,
    NotFound,
    MethodNotAllowed,
    TimedOut,
    TooLarge,
    UnsupportedType,
    TooMany,
    TooManyAtOnce,
    InvalidApiKey,
    LinkInvalid,
    LinkExpired,
    NotReleased,
    FileUnavailable,
    ShareInvalid,
    ShareClosed,
    CrossSite,
    Forbidden,
    FormExpired,
    NoticeOver,
    InsufficientScope,
    ClaimNotFound,
    IssuanceNotFound,
    ProgrammeNotFound,
    ListRefused,
    ListFixed,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    StoreAway,
    Internal,
}

/// The fixed words of a kind of failure.
struct Words {
    kind: ProblemKind,
    code: &'static str,
    status: StatusCode,
    title: (&'static str, &'static str),
    advice: (&'static str, &'static str),
}

static WORDS: [Words; 32] = [
    Words {
        kind: ProblemKind::BadRequest,
        code: "bad_request",
        status: StatusCode::BAD_REQUEST,
        title: ("无法理解该请求", "The request cannot be understood"),
        advice: ("请返回上一页重新填写。", "Go back and fill in the form again."),
    },
    Words {
        kind: ProblemKind::InvalidNumber,
        code: "invalid_number",
        status: StatusCode::BAD_REQUEST,
        title: ("证书编号有误", "Not a certificate number"),
        advice: ("请按证书上印刷的编号重新输入。", "Enter the number as printed on the certificate."),
    },
    Words {
        kind: ProblemKind::InvalidIdentity,
        code: "invalid_identity_number",
        status: StatusCode::BAD_REQUEST,
        title: ("证件号码有误", "Not an identity number"),
        advice: ("请核对证件号码和证件类型。", "Check the number and the kind of document."),
    },
    Words {
        kind: ProblemKind::CertificateNotFound,
        code: "certificate_not_found",
        status: StatusCode::NOT_FOUND,
        title: ("未查到该证书", "No certificate with this number"),
        advice: ("请核对证书编号。", "Check the number."),
    },
    Words {
        kind: ProblemKind::NotFound,
        code: "not_found",
        status: StatusCode::NOT_FOUND,
        title: ("没有这个页面", "There is no such page"),
        advice: (
            "地址可能不完整。您可以从首页查询证书。",
            "The address may be incomplete. You can look up a certificate from the start page.",
        ),
    },
    Words {
        kind: ProblemKind::MethodNotAllowed,
        code: "method_not_allowed",
        status: StatusCode::METHOD_NOT_ALLOWED,
        title: ("该地址不接受这种请求", "This address does not accept such a request"),
        advice: ("请从首页重新开始。", "Start again from the start page."),
    },
    Words {
        kind: ProblemKind::TimedOut,
        code: "timed_out",
        status: StatusCode::REQUEST_TIMEOUT,
        title: ("请求超时", "The request took too long"),
        advice: ("请检查网络后重试。", "Check your connection and try again."),
    },
    Words {
        kind: ProblemKind::TooLarge,
        code: "too_large",
        status: StatusCode::PAYLOAD_TOO_LARGE,
        title: ("文件或内容过大", "The file or content is too large"),
        advice: (
            "本站签发的证书文件远小于该限制，请确认选对了文件。",
            "Certificates issued here are far smaller: check that this is the right file.",
        ),
    },
    Words {
        kind: ProblemKind::UnsupportedType,
        code: "unsupported_media_type",
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        title: ("不支持的内容类型", "This type of content is not accepted"),
        advice: ("请使用本站的表单，或按接口说明设置 Content-Type。", "Use the forms here, or set the Content-Type that the API asks for."),
    },
    Words {
        kind: ProblemKind::TooMany,
        code: "too_many_requests",
        status: StatusCode::TOO_MANY_REQUESTS,
        title: ("查询过于频繁", "Too many questions"),
        advice: ("请稍等片刻再查；证书本身不受影响。", "Wait a moment and ask again; the certificates themselves are not affected."),
    },
    Words {
        kind: ProblemKind::TooManyAtOnce,
        code: "too_many_at_once",
        status: StatusCode::PAYLOAD_TOO_LARGE,
        title: ("一次查询的数量过多", "Too many questions at once"),
        advice: ("请分成几次查询。", "Send them in parts."),
    },
    Words {
        kind: ProblemKind::InvalidApiKey,
        code: "invalid_api_key",
        status: StatusCode::UNAUTHORIZED,
        title: ("接口密钥无效", "The API key is not valid"),
        advice: (
            "密钥有误或已停用。请核对 Authorization 请求头，或不带该请求头重试。",
            "It is wrong or was revoked. Check the Authorization header, or ask without it.",
        ),
    },
    Words {
        kind: ProblemKind::LinkInvalid,
        code: "link_invalid",
        status: StatusCode::NOT_FOUND,
        title: ("下载链接无效", "The download link is not valid"),
        advice: (
            "链接可能没有复制完整。请重新复制整个链接，或向颁发机构索取新的链接。",
            "It may have been copied incompletely. Copy the whole link again, or ask the issuer for a new one.",
        ),
    },
    Words {
        kind: ProblemKind::LinkExpired,
        code: "link_expired",
        status: StatusCode::GONE,
        title: ("下载链接已过期", "The download link has expired"),
        advice: (
            "证书本身不受影响。请向颁发机构索取新的下载链接。",
            "The certificate itself is not affected. Ask the issuer for a new link.",
        ),
    },
    Words {
        kind: ProblemKind::NotReleased,
        code: "not_released",
        status: StatusCode::FORBIDDEN,
        title: ("证书尚未开放下载", "The certificate is not released yet"),
        advice: ("请保留此链接，到时再来。", "Keep this link and come back then."),
    },
    Words {
        kind: ProblemKind::FileUnavailable,
        code: "file_unavailable",
        status: StatusCode::NOT_FOUND,
        title: ("证书文件暂不可用", "The file cannot be had now"),
        advice: ("请稍后再试；如仍不可用，请联系颁发机构。", "Try again later; if it stays so, tell the issuer."),
    },
    Words {
        kind: ProblemKind::ShareInvalid,
        code: "share_invalid",
        status: StatusCode::NOT_FOUND,
        title: ("分享链接无效", "The shared link is not valid"),
        advice: (
            "链接可能没有复制完整。请重新复制整个链接，或请持证人再发一次。",
            "It may have been copied incompletely. Copy the whole link again, or ask the holder for it.",
        ),
    },
    Words {
        kind: ProblemKind::ShareClosed,
        code: "share_closed",
        status: StatusCode::GONE,
        title: ("分享链接已失效", "The shared link no longer opens"),
        advice: (
            "链接已到期，或持证人已停止分享；证书本身不受影响。如仍需查看，请联系持证人。",
            "It has expired, or the holder has ended it; the certificate itself is not affected. Ask the holder if you still need it.",
        ),
    },
    Words {
        kind: ProblemKind::CrossSite,
        code: "cross_site",
        status: StatusCode::FORBIDDEN,
        title: ("请求来自其他网站", "The request came from another site"),
        advice: ("为保护持证人，此操作只能在本站页面上进行。", "To protect holders, this can be done from the pages here only."),
    },
    Words {
        kind: ProblemKind::Forbidden,
        code: "forbidden",
        status: StatusCode::FORBIDDEN,
        title: ("您的账号没有这项权限", "Your account may not do this"),
        advice: ("如需要此权限，请联系管理员。", "Ask an administrator if you need to."),
    },
    Words {
        kind: ProblemKind::FormExpired,
        code: "form_expired",
        status: StatusCode::FORBIDDEN,
        title: ("表单已失效，没有更改任何内容", "The form is no longer good; nothing was changed"),
        advice: ("请返回上一页，刷新后重新提交。", "Go back, load the page again, and send it once more."),
    },
    Words {
        kind: ProblemKind::NoticeOver,
        code: "notice_over",
        status: StatusCode::GONE,
        title: ("公示期已截止", "The notice period is over"),
        advice: (
            "此前提交的异议可凭回执码查询；名单和处理结果见公示页。",
            "What was handed in before is followed by its code; the notice has the list and what came of it.",
        ),
    },
    Words {
        kind: ProblemKind::InsufficientScope,
        code: "insufficient_scope",
        status: StatusCode::FORBIDDEN,
        title: ("密钥没有这项权限", "The key may not do this"),
        advice: ("请向运营方申请有此权限的密钥。", "Ask the operator for a key with this scope."),
    },
    Words {
        kind: ProblemKind::ClaimNotFound,
        code: "claim_not_found",
        status: StatusCode::NOT_FOUND,
        title: ("没有这份申领", "There is no such claim"),
        advice: ("该编号不存在，或不属于密钥的颁发机构。", "The number does not exist, or is not of the key’s issuer."),
    },
    Words {
        kind: ProblemKind::IssuanceNotFound,
        code: "issuance_not_found",
        status: StatusCode::NOT_FOUND,
        title: ("没有这份名单", "There is no such issuance"),
        advice: ("该标识不存在，或不属于密钥的颁发机构。", "The id does not exist, or is not of the key’s issuer."),
    },
    Words {
        kind: ProblemKind::ProgrammeNotFound,
        code: "programme_not_found",
        status: StatusCode::NOT_FOUND,
        title: ("没有这个赛事或项目", "There is no such programme"),
        advice: ("该标识不存在，或不属于密钥的颁发机构。", "The id does not exist, or is not of the key’s issuer."),
    },
    Words {
        kind: ProblemKind::ListRefused,
        code: "list_refused",
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: ("名单有问题，未记录任何内容", "The list has problems; nothing was recorded"),
        advice: (
            "problems 逐条列出，改正后以同一 Idempotency-Key 重新提交即可。",
            "Each is in problems. Put them right and send it again; the Idempotency-Key may stay.",
        ),
    },
    Words {
        kind: ProblemKind::ListFixed,
        code: "list_fixed",
        status: StatusCode::CONFLICT,
        title: ("赛事名单已公示，不能再添加", "The contest’s list was published: nothing can be added"),
        advice: ("名单公示后固定；如有遗漏，请联系颁发机构。", "A published list is fixed: turn to the issuer if something is missing."),
    },
    Words {
        kind: ProblemKind::IdempotencyKeyMissing,
        code: "idempotency_key_missing",
        status: StatusCode::BAD_REQUEST,
        title: ("缺少 Idempotency-Key", "The Idempotency-Key is missing"),
        advice: (
            "请附上请求头 Idempotency-Key，1 至 255 个可见字符，每份名单各不相同。",
            "Send the header Idempotency-Key: 1 to 255 visible characters, another for each list.",
        ),
    },
    Words {
        kind: ProblemKind::IdempotencyKeyReused,
        code: "idempotency_key_reused",
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: ("此 Idempotency-Key 已用于另一内容", "Another body came with this Idempotency-Key"),
        advice: ("换一个 Idempotency-Key，或提交与先前完全相同的正文。", "Use another key, or send the very same body as before."),
    },
    Words {
        kind: ProblemKind::StoreAway,
        code: "store_away",
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: ("文件库暂时没有响应", "The store of files does not answer at the moment"),
        advice: (
            "证书没有丢失，按编号查询照常可用。请几分钟后再试。",
            "No certificate is lost, and lookups by number work as always. Try again in a few minutes.",
        ),
    },
    Words {
        kind: ProblemKind::Internal,
        code: "internal_error",
        status: StatusCode::INTERNAL_SERVER_ERROR,
        title: ("服务暂时出现故障", "The service has a fault at the moment"),
        advice: (
            "查询没有完成，这不说明证书有问题。请稍后再试，并在反馈时附上下面的请求号。",
            "The query was not completed; this says nothing about the certificate. Try again later, and name the request below if you report it.",
        ),
    },
];

impl ProblemKind {
    /// Every kind, in the order in which the page of problems lists them.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.iter().map(|w| w.kind)
    }

    fn words(self) -> &'static Words {
        WORDS.iter().find(|w| w.kind == self).unwrap_or(&WORDS[WORDS.len() - 1])
    }

    pub fn code(self) -> &'static str {
        self.words().code
    }

    pub fn status(self) -> StatusCode {
        self.words().status
    }

    pub fn title(self) -> Message {
        let (zh, en) = self.words().title;
        Message::new(zh, en)
    }

    pub fn advice(self) -> Message {
        let (zh, en) = self.words().advice;
        Message::new(zh, en)
    }

    /// The kind for a refusal that came from the router, an extractor or the middleware.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::TimedOut,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedType,
            s if s.is_client_error() => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_words() {
        for kind in ProblemKind::all() {
            assert_eq!(ProblemKind::all().filter(|k| k.code() == kind.code()).collect::<Vec<_>>(), [kind]);
        }
        assert_eq!(WORDS[WORDS.len() - 1].kind, ProblemKind::Internal);
    }
}
