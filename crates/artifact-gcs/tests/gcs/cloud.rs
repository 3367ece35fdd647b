//! A bucket on an emulator behind the proxy, and run directories whose bucket it is.

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

use fault_proxy::{Emulator, Entry, Kind, Object, Plan, Proxy};
use stage::{Cancel, Toolbox};
use tokio::runtime::Runtime;

use crate::hand_made::{EXPORT, JOB, Place, Run, Said, load, tree};

/// The bucket.
pub(crate) const BUCKET: &str = "results";

/// Bytes of a file that is sent as a resumable upload.
pub(crate) const LARGE: usize = 9 << 20;

/// A bucket on an emulator behind the proxy.
pub(crate) struct Cloud {
    pub(crate) place: Place,
    pub(crate) proxy: Proxy,
    emulator: Emulator,
    runtime: Runtime,
}

impl Cloud {
    /// An empty bucket, whose proxy does what `plan` says.
    pub(crate) fn new(plan: Plan) -> Self {
        let cloud = Self::unsigned(plan);
        let url = cloud.proxy.url();
        cloud.with("STORAGE_EMULATOR_HOST", &url)
    }

    /// The same, of which the binary knows nothing yet.
    pub(crate) fn unsigned(plan: Plan) -> Self {
        let runtime = Runtime::new().unwrap();
        let (emulator, proxy) = runtime.block_on(async {
            let tools = Toolbox::from_env(&Cancel::default());
            let program = tools.find("fake-gcs-server").await.unwrap();
            let emulator = Emulator::start(&program, None).unwrap();
            emulator.create_bucket(BUCKET).await.unwrap();
            let proxy = Proxy::start(emulator.url(), plan).await.unwrap();
            (emulator, proxy)
        });
        let place = Place::new().with("PERF_SCALE_BUCKET_DEADLINE", "120");
        Self { place, proxy, emulator, runtime }
    }

    /// The same, with an environment variable for the binary.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        Self { place: self.place.with(name, value), ..self }
    }

    /// A run whose bucket it is.
    pub(crate) fn run(&self, build: u64) -> Run {
        let run = self.place.run(build);
        run.plan(&self.place.path("unused"), |plan| {
            plan.bucket = format!("gs://{BUCKET}");
            plan.baseline_buckets = vec![plan.bucket.clone()];
        });
        run
    }

    /// The same, with a file that is sent as a resumable upload.
    pub(crate) fn large_run(&self, build: u64) -> Run {
        let run = self.run(build);
        let bytes: Vec<u8> = (0..LARGE).map(|at| (at % 251).to_le_bytes()[0]).collect();
        fs::write(run.dir.report(&load()).join("profile.pprof"), bytes).unwrap();
        run
    }

    /// Exports the test of `run`.
    pub(crate) fn export(&self, run: &Run) -> Said {
        self.place.stage(run, &EXPORT)
    }

    /// What the build of `run` should be: its export to a folder, by names without the build.
    pub(crate) fn expected(&self, run: &Run) -> BTreeMap<String, Vec<u8>> {
        let folder = self.place.path(&format!("expected-{}", run.build));
        let bucket = format!("file://{}", folder.display());
        let said = self.place.stage(run, &[&EXPORT[..], &["--bucket", &bucket]].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        tree(&folder)
    }

    /// Every object of the bucket, as the emulator has it.
    pub(crate) fn objects(&self) -> BTreeMap<String, Object> {
        self.runtime.block_on(self.emulator.objects(BUCKET)).unwrap()
    }

    /// The bytes of every object of the bucket.
    pub(crate) fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        self.objects().into_iter().map(|(name, object)| (name, object.bytes.to_vec())).collect()
    }

    /// Writes an object past the proxy.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        self.runtime.block_on(self.emulator.put(BUCKET, name, bytes.to_vec())).unwrap();
    }

    /// Removes an object past the proxy.
    pub(crate) fn remove(&self, name: &str) {
        self.runtime.block_on(self.emulator.remove(BUCKET, name)).unwrap();
    }

    /// The requests of this kind so far, whose address has this part.
    pub(crate) fn asked(&self, kind: Kind, part: &str) -> Vec<Entry> {
        let log = self.proxy.log();
        log.into_iter().filter(|entry| entry.kind == kind && entry.path.contains(part)).collect()
    }

    /// Waits until the requests so far are as wanted.
    #[track_caller]
    pub(crate) fn wait_for(&self, wanted: impl Fn(&[Entry]) -> bool) {
        /// Far more than an export takes on a busy machine; a test that waits longer has failed.
        const PATIENCE: Duration = Duration::from_secs(60);
        let begun = Instant::now();
        while !wanted(&self.proxy.log()) {
            assert!(begun.elapsed() < PATIENCE, "{:#?}", self.proxy.log());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Name of an object of a build.
pub(crate) fn object(build: u64, name: &str) -> String {
    format!("logs/{JOB}/{build}/{name}")
}
