//! How a long use case tells how far it is.

/// What a long use case is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Completing what an earlier run left.
    Resume,
    /// Looking at every award.
    Preflight,
    /// Making certificates.
    Issue,
    /// Looking at every record.
    Examine,
    /// Copying tables.
    CopyRecords,
    /// Copying sealed files.
    CopyFiles,
    /// Holding files against their digests.
    CompareDigests,
    /// Putting sealed files back.
    RestoreFiles,
    /// Putting records back.
    RestoreRecords,
    /// Writing certificates for those who check without the service.
    Export,
}

impl Stage {
    /// For people who read Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Resume => "续办上次未完成的证书",
            Self::Preflight => "预检",
            Self::Issue => "签发",
            Self::Examine => "检查",
            Self::CopyRecords => "复制记录",
            Self::CopyFiles => "复制文件",
            Self::CompareDigests => "核对摘要",
            Self::RestoreFiles => "恢复文件",
            Self::RestoreRecords => "恢复记录",
            Self::Export => "导出证书",
        }
    }

    /// For people who read English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Resume => "completing what an earlier run left",
            Self::Preflight => "preflight",
            Self::Issue => "issuing",
            Self::Examine => "checking",
            Self::CopyRecords => "copying records",
            Self::CopyFiles => "copying files",
            Self::CompareDigests => "comparing digests",
            Self::RestoreFiles => "restoring files",
            Self::RestoreRecords => "restoring records",
            Self::Export => "exporting certificates",
        }
    }
}

/// Something that shows progress to a person.
pub trait Progress: Sync {
    /// A new stage begins with `total` steps.
    fn stage(&self, stage: Stage, total: u64);
    /// `steps` more are done.
    fn advance(&self, steps: u64);
    /// Whether the person wants no more: what has begun is finished, nothing else is begun.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// Shows nothing: for tests and scripts.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: Stage, _: u64) {}
    fn advance(&self, _: u64) {}
}
