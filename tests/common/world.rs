//! The sample world in a folder of its own: keys, lists, certificates, as `yinxin demo` makes them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use yinxin::config::{Config, Defaults, FILE_NAME};
use yinxin::domain::bucket::Access;
use yinxin::domain::time::Instant;
use yinxin::service::Service;
use yinxin::service::access::ContestMandate;
use yinxin::service::demo::write_world;
use yinxin::service::import::ListFile;
use yinxin::service::issue::{Issued, Order};
use yinxin::service::key_folder::{KeyFolder, KeySets};
use yinxin::service::press_room::PressRoom;
use yinxin::service::progress::Silent;

/// Where the sample world says it can be reached.
pub const URL: &str = "https://cert.yinxin.example";

/// How many worlds this process opened: each holds the fonts.
pub static OPENED: AtomicU64 = AtomicU64::new(0);

/// A service with everything that stands behind it; the folder goes with it.
pub struct World {
    pub folder: tempfile::TempDir,
    pub service: Arc<Service>,
    pub room: Arc<PressRoom>,
    pub now: Instant,
}

impl World {
    /// Configuration and keys, nothing imported.
    pub async fn empty() -> Self {
        Self::edited(|sample| sample).await
    }

    /// The same with another configuration, made from the sample one.
    pub async fn edited(edit: impl FnOnce(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_world(folder.path(), URL).unwrap();
        let file = folder.path().join(FILE_NAME);
        std::fs::write(&file, edit(std::fs::read_to_string(&file).unwrap())).unwrap();
        Self::open(folder).await
    }

    /// The world whose certificates are forged in tests/data/forged, with its own keys, its certificates issued.
    pub async fn forged() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/forged/world");
        copy(&from, folder.path());
        let world = Self::open(folder).await;
        world.import("list.csv", &std::fs::read(from.join("list.csv")).unwrap()).await;
        assert_eq!(world.issue().await.issued, 3);
        world
    }

    /// The world of a folder; what it lacks is made, what it has is used.
    pub async fn open(folder: tempfile::TempDir) -> Self {
        Self::open_with(folder, Access::Unset).await
    }

    /// The same, with what the environment would hold for an object store.
    pub async fn open_with(folder: tempfile::TempDir, access: Access) -> Self {
        OPENED.fetch_add(1, Ordering::Relaxed);
        // 2025-01-01 in Beijing: after the dates of all sample contests, and before the clock of any machine, since the web room
        // reads that clock and shows nothing before its release.
        let now = Instant::from_millis(1_735_660_800_000).unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
        let defaults = Defaults { templates: shipped.join("certificate-templates"), fonts: shipped.join("fonts"), database: None, access };
        let config = Config::load(folder.path(), &defaults).unwrap();
        let keys = KeyFolder::new(&config.keys);
        keys.init(&config, None, now).unwrap();
        let sets: KeySets = keys.load(&config, None).unwrap();
        let room = Arc::new(PressRoom::open(&config, sets, &keys.trust().unwrap()).unwrap());
        let service = Service::open(config, None).await.unwrap().looking_with(env!("CARGO_BIN_EXE_yinxin").into());
        let service = Arc::new(service);
        Self { folder, service, room, now }
    }

    /// Imports a list, which must be good.
    pub async fn import(&self, name: &str, bytes: &[u8]) {
        let samples = self.folder.path().join("samples");
        let portraits = |file: &str| std::fs::read(samples.join(Path::new(file).file_name()?)).ok();
        let file = ListFile { name, bytes, programme: None, portraits: &portraits };
        self.service.import(&file, &ContestMandate::of_operator("test"), self.now).await.unwrap();
    }

    /// Issues what is due.
    pub async fn issue(&self) -> Issued {
        let now = self.now;
        let clock = move || now;
        self.service.issue(&self.room, &Order { programmes: &[], out: None, clock: &clock, progress: &Silent }).await.unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
