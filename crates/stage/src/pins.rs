//! The programs that are not ours, pinned by the modules under `tools/`.

/// A Go module under `tools/`, built into this program so that it can be built anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module {
    /// Folder under `tools/`.
    pub folder: &'static str,
    /// Path of the module that is wanted.
    pub path: &'static str,
    /// `go.mod`.
    pub go_mod: &'static str,
    /// `go.sum`.
    pub go_sum: &'static str,
}

impl Module {
    /// The pinned version without its `v`.
    #[must_use]
    pub fn version(&self) -> &'static str {
        self.go_mod
            .lines()
            .map(|line| line.trim().trim_start_matches("require "))
            .find_map(|line| line.strip_prefix(self.path)?.strip_prefix(" v"))
            .and_then(|rest| rest.split_whitespace().next())
            .unwrap_or("unknown")
    }
}

/// A program and how it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Name of the program.
    pub name: &'static str,
    /// The module it comes from.
    pub module: Module,
    /// The package that is built.
    pub package: &'static str,
    /// Linker flags; `{version}`, `{major}` and `{minor}` are filled in.
    pub ldflags: &'static str,
    /// Arguments that make it print its version; none if it cannot.
    pub version_args: Option<&'static [&'static str]>,
    /// Whether a run on this machine needs it: the others are built when they are asked for by name.
    pub is_local: bool,
}

/// Files of a module that are used as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name of the source.
    pub name: &'static str,
    /// The module it comes from.
    pub module: Module,
    /// Folders that are kept, relative to the module.
    pub folders: &'static [&'static str],
}

macro_rules! module {
    ($folder:literal, $path:literal) => {
        Module {
            folder: $folder,
            path: $path,
            go_mod: include_str!(concat!("../../../tools/", $folder, "/go.mod")),
            go_sum: include_str!(concat!("../../../tools/", $folder, "/go.sum")),
        }
    };
}

const KUBERNETES: Module = module!("kubernetes", "k8s.io/kubernetes");
const CLUSTERLOADER2: Module = module!("clusterloader2", "k8s.io/perf-tests/clusterloader2");

/// Kubernetes' programs call themselves v0.0.0 unless told, and ClusterLoader2's recording rules
/// then find nothing.
const KUBERNETES_LDFLAGS: &str = "-s -w \
    -X k8s.io/component-base/version.gitVersion=v{version} \
    -X k8s.io/component-base/version.gitMajor={major} \
    -X k8s.io/component-base/version.gitMinor={minor}";

const fn kubernetes(name: &'static str, package: &'static str) -> Pin {
    Pin {
        name,
        module: KUBERNETES,
        package,
        ldflags: KUBERNETES_LDFLAGS,
        version_args: Some(&["--version"]),
        is_local: true,
    }
}

/// Every program, in the order in which they are built: what a run needs first comes first.
pub const PINS: &[Pin] = &[
    Pin {
        name: "etcd",
        module: module!("etcd", "go.etcd.io/etcd/server/v3"),
        package: "go.etcd.io/etcd/server/v3",
        ldflags: "-s -w",
        version_args: Some(&["--version"]),
        is_local: true,
    },
    kubernetes("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
    kubernetes("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    kubernetes("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
    Pin {
        version_args: Some(&["version", "--client"]),
        ..kubernetes("kubectl", "k8s.io/kubernetes/cmd/kubectl")
    },
    Pin {
        name: "kwok",
        module: module!("kwok", "sigs.k8s.io/kwok"),
        package: "sigs.k8s.io/kwok/cmd/kwok",
        ldflags: "-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=v{version}",
        version_args: Some(&["--version"]),
        is_local: true,
    },
    Pin {
        name: "clusterloader2",
        module: CLUSTERLOADER2,
        package: "k8s.io/perf-tests/clusterloader2/cmd",
        ldflags: "-s -w",
        version_args: None,
        is_local: true,
    },
    Pin {
        name: "prometheus",
        module: module!("prometheus", "github.com/prometheus/prometheus"),
        package: "github.com/prometheus/prometheus/cmd/prometheus",
        ldflags: "-s -w -X github.com/prometheus/common/version.Version={version}",
        version_args: Some(&["--version"]),
        is_local: true,
    },
    Pin {
        name: "helm",
        module: module!("helm", "helm.sh/helm/v4"),
        package: "helm.sh/helm/v4/cmd/helm",
        ldflags: "-s -w -X helm.sh/helm/v4/internal/version.version=v{version}",
        version_args: Some(&["version", "--short"]),
        is_local: true,
    },
    Pin {
        name: "fake-gcs-server",
        module: module!("fake-gcs-server", "github.com/fsouza/fake-gcs-server"),
        package: "github.com/fsouza/fake-gcs-server",
        ldflags: "-s -w",
        version_args: None,
        is_local: true,
    },
    // The two that test the workflows, see tests/github.
    Pin {
        name: "act",
        module: module!("act", "github.com/nektos/act"),
        package: "github.com/nektos/act",
        ldflags: "-s -w",
        version_args: Some(&["--version"]),
        is_local: false,
    },
    Pin {
        name: "actionlint",
        module: module!("actionlint", "github.com/rhysd/actionlint"),
        package: "github.com/rhysd/actionlint/cmd/actionlint",
        ldflags: "-s -w",
        version_args: Some(&["-version"]),
        is_local: false,
    },
    // A registry of images, for tests.
    Pin {
        name: "crane",
        module: module!("crane", "github.com/google/go-containerregistry"),
        package: "github.com/google/go-containerregistry/cmd/crane",
        ldflags: "-s -w -X github.com/google/go-containerregistry/cmd/crane/cmd.Version={version}",
        version_args: Some(&["version"]),
        is_local: false,
    },
    // Eight minutes of a processor, and 3.5 GB of memory at its peak.
    Pin {
        name: "kops",
        module: module!("kops", "k8s.io/kops"),
        package: "k8s.io/kops/cmd/kops",
        ldflags: "-s -w -X k8s.io/kops.Version={version}",
        version_args: Some(&["version"]),
        is_local: false,
    },
];

/// Every source.
pub const SOURCES: &[Source] = &[
    Source {
        name: "clusterloader2-tests",
        module: CLUSTERLOADER2,
        folders: &["testing", "pkg/prometheus/manifests"],
    },
    Source {
        name: "cilium",
        module: module!("cilium", "github.com/cilium/cilium"),
        folders: &["install/kubernetes/cilium", "pkg/k8s/apis/cilium.io/client/crds"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pin_has_a_version() {
        let modules = PINS.iter().map(|pin| pin.module).chain(SOURCES.iter().map(|s| s.module));

        for module in modules {
            assert_ne!(module.version(), "unknown", "{}", module.folder);
        }
    }
}
