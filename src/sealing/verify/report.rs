//! What a verification found, for people and for programs.

use crate::domain::digest::Digest;
use crate::domain::time::Instant;

/// What is checked, in the order in which it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// One revision: header, one cross-reference table, one trailer, nothing behind it.
    File,
    /// Exactly one signature field with a PAdES signature dictionary.
    SignatureField,
    /// The signature covers the whole file but for its own place.
    ByteRange,
    /// The signature's place holds one CMS object and nothing else.
    Slot,
    /// The CMS object is strict DER of the one expected form.
    Cms,
    /// One algorithm throughout: digests, signature, key.
    Algorithms,
    /// The signed attributes are those of PAdES B-B, and bind the certificate.
    Attributes,
    /// The digest of the file is the one that was signed.
    MessageDigest,
    /// The signature is the signing key's.
    Signature,
    /// The signing certificate comes from a trusted root and is made for signing documents.
    Chain,
    /// The certificates were valid at the signing time.
    Validity,
}

impl Rule {
    /// All of them: a file is genuine when each has passed.
    pub const ALL: [Self; 11] = [
        Self::File,
        Self::SignatureField,
        Self::ByteRange,
        Self::Slot,
        Self::Cms,
        Self::Algorithms,
        Self::Attributes,
        Self::MessageDigest,
        Self::Signature,
        Self::Chain,
        Self::Validity,
    ];

    /// The name in answers of the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::SignatureField => "signature-field",
            Self::ByteRange => "byte-range",
            Self::Slot => "slot",
            Self::Cms => "cms",
            Self::Algorithms => "algorithms",
            Self::Attributes => "attributes",
            Self::MessageDigest => "message-digest",
            Self::Signature => "signature",
            Self::Chain => "chain",
            Self::Validity => "validity",
        }
    }

    /// What it says when it has passed.
    #[must_use]
    pub fn statement(self) -> &'static str {
        match self {
            Self::File => "文件只有一个版本，末尾无追加 / the file has one revision and nothing behind it",
            Self::SignatureField => "恰有一个 PAdES 签名 / there is exactly one PAdES signature",
            Self::ByteRange => "签名覆盖整个文件 / the signature covers the whole file",
            Self::Slot => "签名位置只含签名 / the signature's place holds the signature and nothing else",
            Self::Cms => "签名编码规范 / the signature is encoded strictly",
            Self::Algorithms => "签名算法一致 / the algorithms agree",
            Self::Attributes => "签名属性齐全且绑定证书 / the signed attributes are complete and bind the certificate",
            Self::MessageDigest => "文件内容未被改动 / the file's content is unchanged",
            Self::Signature => "签名有效 / the signature is valid",
            Self::Chain => "签名证书由受信任的根签发 / the signing certificate comes from a trusted root",
            Self::Validity => "签名时证书在有效期内 / the certificates were valid at the signing time",
        }
    }
}

/// Why a check failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Larger than the verifier takes.
    #[error("文件过大 / the file is too large")]
    TooLarge,
    /// Does not begin as a PDF file.
    #[error("不是 PDF 文件 / not a PDF file")]
    NotAPdf,
    /// No end-of-file marker at the very end.
    #[error("文件末尾被截断或追加了内容 / the file's end is cut off or something was appended")]
    End,
    /// More than one `startxref`.
    #[error("文件在签名后有新的修订版本 / the file has later revisions")]
    Revisions,
    /// The cross-reference table or the trailer is not of the form that certificates have.
    #[error("交叉引用表或尾部不符合证书文件的结构 / the cross-reference table or trailer is not that of a certificate")]
    Structure,
    /// The file is encrypted.
    #[error("文件被加密 / the file is encrypted")]
    Encrypted,
    /// Catalogue, form or field cannot be read.
    #[error("找不到签名域 / no signature field can be reached")]
    Field,
    /// More than one signature.
    #[error("签名不止一个 / there is more than one signature")]
    SeveralSignatures,
    /// The signature dictionary is not a PAdES one.
    #[error("签名字典不符合 PAdES / the signature dictionary is not a PAdES one")]
    Dictionary,
    /// The signing time does not parse.
    #[error("签名时间有误 / the signing time is wrong")]
    Time,
    /// The byte range leaves out more than the signature, or does not reach the end.
    #[error("签名没有覆盖整个文件 / the signature does not cover the whole file")]
    ByteRange,
    /// The place holds something else than lower-case digits of one DER object and a few zeros.
    #[error("签名位置含有多余内容 / the signature's place holds something else")]
    Slot,
    /// Not CMS SignedData in strict DER.
    #[error("签名不是规范的 CMS / the signature is not strict CMS")]
    Cms,
    /// Another number of certificates or signers than one, or fields that a certificate does not have.
    #[error("签名应恰有一个签名者和一张证书 / the signature must have one signer and one certificate")]
    CmsForm,
    /// The algorithms are unknown or do not agree.
    #[error("签名算法不支持或不一致 / the algorithms are not supported or do not agree")]
    Algorithms,
    /// Attributes are missing, repeated or not allowed.
    #[error("签名属性不符合 PAdES B-B / the signed attributes are not those of PAdES B-B")]
    Attributes,
    /// The signed attributes name another certificate.
    #[error("签名属性指向另一张证书 / the signed attributes name another certificate")]
    CertificateBinding,
    /// The file's digest is not the signed one.
    #[error("文件内容在签名后被改动 / the content was changed after it was signed")]
    MessageDigest,
    /// The signature does not verify.
    #[error("签名无效 / the signature is invalid")]
    Signature,
    /// No trusted root has signed the certificate.
    #[error("签名证书不是由受信任的机构签发 / the signing certificate does not come from a trusted root")]
    Untrusted,
    /// The certificate is not made for signing documents.
    #[error("签名证书的用途不符 / the signing certificate is not made for signing documents")]
    Purpose,
    /// Signed outside the validity of a certificate.
    #[error("签名时间不在证书有效期内 / signed outside the validity of the certificates")]
    Validity,
}

/// One check and its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub rule: Rule,
    /// Why it failed; `None` if it passed.
    pub problem: Option<Problem>,
}

/// Who signed, by the certificate in the signature. To be believed only if the chain has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The organisation in the certificate's subject.
    pub name: String,
    /// SHA-256 of the certificate.
    pub fingerprint: Digest,
}

/// The answer in one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Issued under a trusted root, and not a byte has changed.
    Genuine,
    /// At least one check failed.
    NotGenuine(Vec<Problem>),
    /// A PDF file without a signature.
    NoSignature,
    /// No PDF file at all.
    NotAPdf,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The checks that were made. Those that need the outcome of one that failed are absent.
    pub checks: Vec<Check>,
    /// Who signed, once that can be read.
    pub signer: Option<Signer>,
    /// The signing time that the file names, once that can be read.
    pub signed_at: Option<Instant>,
    /// SHA-256 of the whole file, once its parts are known: what the record of a certificate holds.
    pub digest: Option<Digest>,
    pub(super) no_signature: bool,
}

impl Report {
    /// Records the outcome of `rule`; the value if it passed.
    pub(super) fn note<T>(&mut self, rule: Rule, outcome: Result<T, Problem>) -> Option<T> {
        self.checks.push(Check { rule, problem: outcome.as_ref().err().copied() });
        outcome.ok()
    }

    /// Whether every rule was checked and passed.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        self.verdict() == Verdict::Genuine
    }

    /// What failed.
    pub fn problems(&self) -> impl Iterator<Item = Problem> {
        self.checks.iter().filter_map(|check| check.problem)
    }

    /// The answer in one word. Genuine needs every rule to have been checked and to have passed.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let problems: Vec<Problem> = self.problems().collect();
        let passed = |rule: &Rule| self.checks.iter().any(|check| check.rule == *rule && check.problem.is_none());
        if problems.contains(&Problem::NotAPdf) {
            Verdict::NotAPdf
        } else if self.no_signature {
            Verdict::NoSignature
        } else if problems.is_empty() && Rule::ALL.iter().all(passed) {
            Verdict::Genuine
        } else {
            Verdict::NotGenuine(problems)
        }
    }
}
