//! Where secrets are planted.

use crate::secret::{Planted, Secret};

/// A place at which others put words into a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// ClusterLoader2's stdout, as it is.
    Output,
    /// Its log, with klog's head before each line.
    Log,
    /// The last words of a ClusterLoader2 that gives up: an error's cause.
    LastWords,
    /// The text of a failure in its junit.xml.
    Junit,
    /// A file of its report.
    Report,
    /// A file of its report inside a packed archive.
    Packed,
    /// The name of a file of its report.
    FileName,
    /// A label of a measurement.
    Label,
    /// A pod's name.
    PodName,
    /// A namespace.
    Namespace,
    /// A node's annotation.
    Annotation,
    /// An event's message.
    Event,
    /// A container's argument.
    Argument,
    /// The log of a daemon of the control plane.
    Daemon,
    /// An argument that no stage knows.
    Unknown,
}

impl Place {
    pub(crate) const ALL: &[Self] = &[
        Self::Output,
        Self::Log,
        Self::LastWords,
        Self::Junit,
        Self::Report,
        Self::Packed,
        Self::FileName,
        Self::Label,
        Self::PodName,
        Self::Namespace,
        Self::Annotation,
        Self::Event,
        Self::Argument,
        Self::Daemon,
        Self::Unknown,
    ];

    /// What the page calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Output => "ClusterLoader2's output",
            Self::Log => "its log, a head before each line",
            Self::LastWords => "the words with which it gives up",
            Self::Junit => "a failure in its junit.xml",
            Self::Report => "a file of its report",
            Self::Packed => "a file in a packed archive of its report",
            Self::FileName => "the name of a file of its report",
            Self::Label => "a label of a measurement",
            Self::PodName => "the name of a pod",
            Self::Namespace => "a namespace",
            Self::Annotation => "an annotation of a node",
            Self::Event => "the message of an event",
            Self::Argument => "an argument of a container",
            Self::Daemon => "the log of a daemon",
            Self::Unknown => "an argument that no stage knows",
        }
    }

    /// Whether the secret can stand there at all: XML has no control characters, a name of a file no
    /// slash, an argument no zero. Behind other words on its line a command is none.
    pub(crate) fn takes(self, secret: &Secret) -> bool {
        let text = self.planted(secret).text;
        match self {
            Self::Log | Self::Argument | Self::Daemon if text.starts_with("::") => false,
            Self::FileName if text.starts_with("::") => false,
            Self::Junit => !text.contains(|c: char| c.is_control() && c != '\n' && c != '\r'),
            Self::FileName => !text.contains(['/', '\0']) && text.len() < 200,
            Self::Unknown => !text.contains('\0'),
            _ => true,
        }
    }

    /// The secret that is planted here and nowhere else.
    pub(crate) fn planted(self, secret: &Secret) -> Planted {
        (secret.make)(&self.word(secret))
    }

    /// A word that stands nowhere else, and is no secret.
    pub(crate) fn word(self, secret: &Secret) -> String {
        let name: String = secret.name.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{self:?}{name}").to_lowercase()
    }

    /// What stands beside the secret and must come out.
    pub(crate) fn beside(self, secret: &Secret) -> String {
        format!("beside-{}", self.word(secret))
    }
}
