//! Where the sealed files lie: a folder, or a bucket of an object store.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::domain::bucket::{Access, Bucket, BucketError, Endpoint, Site, Style};

/// Where the sealed files lie.
#[derive(Debug, Clone)]
pub enum VaultPlace {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket, which is asked with what the environment holds.
    Bucket(Box<Bucket>, Access),
}

impl VaultPlace {
    /// The folder, where it is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Bucket(..) => None,
        }
    }
}

impl std::fmt::Display for VaultPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Bucket(bucket, _) => write!(f, "{bucket}"),
        }
    }
}

/// `[s3]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawS3 {
    region: Option<String>,
    endpoint: Option<String>,
    path_style: Option<bool>,
    #[serde(default)]
    allow_http: bool,
}

/// What `vault` and `[s3]` say together.
pub(super) fn check(
    vault: Option<String>,
    s3: Option<RawS3>,
    data: &Path,
    access: &Access,
    problems: &mut Vec<String>,
) -> Option<VaultPlace> {
    let vault = vault.unwrap_or_else(|| "vault".to_owned());
    if !vault.starts_with("s3://") {
        if s3.is_some() {
            problems.push("s3：vault 是文件夹；要用对象存储，请设 vault = \"s3://桶\" / the vault is a folder; for a bucket, set vault = \"s3://bucket\"".into());
        }
        return Some(VaultPlace::Folder(data.join(vault)));
    }
    let named = Bucket::address(&vault).map_err(|why| problems.push(format!("vault：{why}"))).ok();
    let Some(s3) = s3 else {
        problems
            .push("vault 在对象存储中，缺少 [s3]（至少 region） / the vault is a bucket: there is no [s3], with a region at least".into());
        return None;
    };
    let told = s3.check().and_then(|(region, site)| access.suffices(&site).map(|()| (region, site)));
    let (region, site) = told.map_err(|why| problems.push(format!("s3：{why}"))).ok()?;
    let (name, prefix) = named?;
    Some(VaultPlace::Bucket(Box::new(Bucket { name, prefix, region, site }), access.clone()))
}

impl RawS3 {
    fn check(self) -> Result<(String, Site), BucketError> {
        let region = self.region.filter(|region| !region.trim().is_empty()).ok_or(BucketError::Region)?;
        let site = match self.endpoint {
            None => Site::Amazon,
            Some(endpoint) => Site::Endpoint {
                endpoint: Endpoint::parse(&endpoint, self.allow_http)?,
                style: if self.path_style.unwrap_or(true) { Style::Path } else { Style::Host },
            },
        };
        Ok((region, site))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Both {
        vault: Option<String>,
        s3: Option<RawS3>,
    }

    fn read(text: &str, access: &Access) -> Result<String, Vec<String>> {
        let mut problems = Vec::new();
        let both: Both = toml::from_str(text).unwrap();
        match check(both.vault, both.s3, Path::new("/data"), access, &mut problems) {
            Some(place) if problems.is_empty() => Ok(place.to_string()),
            _ => Err(problems),
        }
    }

    #[test]
    fn a_vault_is_a_folder_or_a_bucket_and_never_half_of_one() {
        let key = Access::Key { id: "id".into(), secret: "secret".to_owned().into(), token: None };
        assert_eq!(read("", &Access::Unset), Ok("/data/vault".into()));
        assert_eq!(read("vault = '/srv/vault'", &Access::Unset), Ok("/srv/vault".into()));
        let own = "vault = 's3://yinxin/prod'\n[s3]\nregion = 'cn-east-1'\nendpoint = 'https://s3.example.cn'";
        assert_eq!(read(own, &key), Ok("s3://yinxin/prod (https://s3.example.cn)".into()));
        assert_eq!(read("vault = 's3://yinxin'\n[s3]\nregion = 'eu-central-1'", &Access::Unset), Ok("s3://yinxin (eu-central-1)".into()));
        for (text, access, word) in [
            (own, &Access::Unset, "AWS_SECRET_ACCESS_KEY"),
            (own, &Access::Bad(BucketError::HalfKey), "同时"),
            ("vault = 's3://yinxin'", &key, "[s3]"),
            ("vault = 's3://yinxin'\n[s3]", &key, "region"),
            ("vault = 's3://Y'\n[s3]\nregion = 'x'", &key, "桶名"),
            ("vault = 's3://yinxin'\n[s3]\nregion = 'x'\nendpoint = 'http://minio:9000'", &key, "allow_http"),
            ("[s3]\nregion = 'x'", &key, "s3://"),
        ] {
            let problems = read(text, access).unwrap_err();
            assert!(problems.len() == 1 && problems.iter().any(|p| p.contains(word)), "{text}: {problems:?}");
        }
    }
}
