//! What can be wrong with a call to Google Cloud: the classes, and what each of them asks for.

use std::time::Duration;

use run_record::{Class, Outcome};

/// What can be wrong with a call to Google Cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The zone has no such machines left. Another zone may.
    StockOut,
    /// The project may not have so much of it.
    Quota,
    /// Who asks may not.
    Permission,
    /// The image is not there.
    BadImage,
    /// Too much was asked in too short a time.
    RateLimit,
    /// It is not there.
    NotFound,
    /// It is there already.
    There,
    /// Something else needs it still.
    InUse,
    /// Somebody else changed it in between.
    Changed,
    /// Something else is being done to it.
    Busy,
    /// The credentials are not valid, or there are none.
    Credential,
    /// The project is not there, or has the API not enabled.
    Project,
    /// No answer, or none that says anything.
    Lost,
    /// The deadline of all of it passed.
    Late,
    /// It will never go well.
    Refused,
}

/// How often and how patiently something is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Attempts in all.
    pub(crate) attempts: u32,
    /// Pause after the first attempt; each later one is twice as long.
    pub(crate) first: Duration,
    /// Longest pause that the server does not ask for.
    pub(crate) longest: Duration,
}

const NEVER: Rule = Rule { attempts: 1, first: Duration::ZERO, longest: Duration::ZERO };

impl Trouble {
    /// What the call is worth another attempt. A class that asks whoever called to do something first
    /// is not tried again here: another zone, another round, another reading.
    pub(crate) fn rule(self) -> Rule {
        match self {
            // A server that is replaced is away for some two minutes.
            Self::Lost => Rule {
                attempts: 10,
                first: Duration::from_millis(250),
                longest: Duration::from_secs(30),
            },
            // The limits are of a minute or of 100 seconds.
            Self::RateLimit => Rule {
                attempts: 10,
                first: Duration::from_secs(1),
                longest: Duration::from_secs(60),
            },
            // What is being done to it is over in seconds.
            Self::Busy => Rule {
                attempts: 8,
                first: Duration::from_millis(500),
                longest: Duration::from_secs(15),
            },
            // A token may have ended just now: with a new one it goes well at once, or never.
            Self::Credential => Rule { attempts: 2, ..NEVER },
            Self::StockOut
            | Self::Quota
            | Self::Permission
            | Self::BadImage
            | Self::NotFound
            | Self::There
            | Self::InUse
            | Self::Changed
            | Self::Project
            | Self::Late
            | Self::Refused => NEVER,
        }
    }

    /// How a step ends that this stopped.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::StockOut | Self::Quota => Outcome::Infrastructure,
            Self::Permission | Self::BadImage | Self::Credential | Self::Project => Outcome::Misuse,
            Self::Late => Outcome::TimedOut,
            _ => Outcome::Failed,
        }
    }

    /// What kind of thing went wrong.
    pub(crate) fn class(self) -> Class {
        match self {
            Self::Permission | Self::BadImage | Self::Credential | Self::Project => Class::Input,
            _ => Class::Cluster,
        }
    }

    /// What it is, in words, with what helps.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::StockOut => "the zone has no such machines left (hint: another zone)",
            Self::Quota => {
                "the project's quota is used up (hint: ask for more, or remove something)"
            }
            Self::Permission => {
                "the account may not do this (hint: docs/running-on-gce.md lists the permissions)"
            }
            Self::BadImage => "there is no such image (hint: `infra.kops.image` of the scenario)",
            Self::RateLimit => "Google asks for less at a time",
            Self::NotFound => "it is not there",
            Self::There => "it is there already",
            Self::InUse => "something else uses it",
            Self::Changed => "somebody else changed it at the same time",
            Self::Busy => "something else is being done to it",
            Self::Credential => {
                "Google does not accept the credentials (hint: renew what GOOGLE_APPLICATION_CREDENTIALS names)"
            }
            Self::Project => {
                "there is no such project, or its API is not enabled (hint: `infra.kops.project` of the scenario)"
            }
            Self::Lost => "Google did not answer",
            Self::Late => "the deadline passed",
            Self::Refused => "Google refused it",
        }
    }

    /// Whether it is wrong for every call alike, so that none of the others need be tried.
    pub(crate) fn is_for_all(self) -> bool {
        matches!(self, Self::Credential | Self::Project | Self::Late)
    }

    /// What an answer means, by its status, and by the reasons and the message in it.
    ///
    /// Sources: <https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-api-errors>,
    /// <https://cloud.google.com/storage/docs/json_api/v1/status-codes>.
    pub(crate) fn of_answer(code: u16, reasons: &[&str], message: &str) -> Self {
        let says = |words: &[&str]| words.iter().any(|word| reasons.contains(word));
        // A project that is not there is a 404 of one API and a 403 of the others.
        if says(&["accessNotConfigured", "SERVICE_DISABLED", "CONSUMER_INVALID"])
            || is_project(code, message)
        {
            return Self::Project;
        }
        match code {
            _ if says(&["resourceInUseByAnotherResource"]) => Self::InUse,
            _ if says(&["resourceNotReady", "resourceOperationRateExceeded"]) => Self::Busy,
            429 => Self::RateLimit,
            403 if says(&["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"]) => {
                Self::RateLimit
            }
            403 if says(&["quotaExceeded", "limitExceeded"]) => Self::Quota,
            400 | 404 if is_image(message) => Self::BadImage,
            401 => Self::Credential,
            403 => Self::Permission,
            404 | 410 => Self::NotFound,
            // A policy that was read before somebody else's change, or a name that is taken.
            409 if says(&["ABORTED", "conflict"]) => Self::Changed,
            409 => Self::There,
            412 => Self::Changed,
            408 | 500..600 => Self::Lost,
            _ => Self::Refused,
        }
    }

    /// What it means that an operation ended with this code.
    pub(crate) fn of_operation(code: &str, message: &str) -> Self {
        match code {
            // With and without details; of a zone, and of a reservation.
            _ if code.contains("RESOURCE_POOL_EXHAUSTED") || code == "STOCKOUT" => Self::StockOut,
            "QUOTA_EXCEEDED" | "LIMIT_EXCEEDED" => Self::Quota,
            "RATE_LIMIT_EXCEEDED" | "RESOURCE_OPERATION_RATE_EXCEEDED" => Self::RateLimit,
            "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE" => Self::InUse,
            "RESOURCE_NOT_READY" => Self::Busy,
            "RESOURCE_ALREADY_EXISTS" => Self::There,
            "PERMISSIONS_ERROR" | "FORBIDDEN" => Self::Permission,
            _ if is_image(message) => Self::BadImage,
            "RESOURCE_NOT_FOUND" => Self::NotFound,
            "INTERNAL_ERROR" | "BACKEND_ERROR" | "SERVICE_UNAVAILABLE" | "TIMEOUT" => Self::Lost,
            _ => Self::Refused,
        }
    }

    /// What a program that speaks to Google by itself says of it, if it says so: kops repeats the
    /// message and puts the reason behind it.
    pub(crate) fn in_words(text: &str) -> Option<Self> {
        const WORDS: [(&str, Trouble); 19] = [
            ("RESOURCE_POOL_EXHAUSTED", Trouble::StockOut),
            ("does not have enough resources available", Trouble::StockOut),
            ("rateLimitExceeded", Trouble::RateLimit),
            ("Rate Limit Exceeded", Trouble::RateLimit),
            ("userRateLimitExceeded", Trouble::RateLimit),
            ("RATE_LIMIT_EXCEEDED", Trouble::RateLimit),
            ("quotaExceeded", Trouble::Quota),
            ("QUOTA_EXCEEDED", Trouble::Quota),
            ("limitExceeded", Trouble::Quota),
            ("invalid_grant", Trouble::Credential),
            ("Invalid Credentials", Trouble::Credential),
            ("invalid authentication credentials", Trouble::Credential),
            ("could not find default credentials", Trouble::Credential),
            ("accessNotConfigured", Trouble::Project),
            ("CONSUMER_INVALID", Trouble::Project),
            ("Required '", Trouble::Permission),
            ("PERMISSION_DENIED", Trouble::Permission),
            ("Error 403", Trouble::Permission),
            ("resourceInUseByAnotherResource", Trouble::InUse),
        ];
        let said = WORDS.into_iter().find(|(words, _)| text.contains(words));
        let of_lines = |test: fn(&str) -> bool| text.lines().any(test);
        match said {
            Some((_, trouble)) => Some(trouble),
            None if of_lines(|line| is_project(404, line)) => Some(Self::Project),
            None if of_lines(|line| line.contains("rror") && is_image(line)) => {
                Some(Self::BadImage)
            }
            None => None,
        }
    }
}

/// Whether a message says that a project, and not something in it, is missing.
fn is_project(code: u16, message: &str) -> bool {
    let named = |from: &str| {
        let (_, rest) = message.split_once(from)?;
        let (project, after) = rest.split_once('\'')?;
        Some(!project.contains('/') && after.contains("not found"))
    };
    matches!(code, 403 | 404)
        && (named("'projects/").unwrap_or_default() || named("Project '").unwrap_or_default())
}

/// Whether a message says that an image is missing.
fn is_image(message: &str) -> bool {
    let missing = ["not found", "does not exist", "Invalid value"];
    (message.contains("/images/") || message.contains("sourceImage"))
        && missing.iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_its_class() {
        let missing = "The resource 'projects/p/global/networks/n' was not found";
        let no_project = "The resource 'projects/p' was not found";
        let image = "The resource 'projects/ubuntu-os-cloud/global/images/x' was not found";
        for (code, reason, message, expected) in [
            (403, "quotaExceeded", "Quota 'CPUS' exceeded", Trouble::Quota),
            (403, "rateLimitExceeded", "", Trouble::RateLimit),
            (429, "", "", Trouble::RateLimit),
            (403, "forbidden", "Required 'compute.networks.list'", Trouble::Permission),
            (403, "accessNotConfigured", "", Trouble::Project),
            (404, "notFound", missing, Trouble::NotFound),
            (404, "notFound", no_project, Trouble::Project),
            (403, "forbidden", "Project 'p' not found or deleted", Trouble::Project),
            (404, "notFound", image, Trouble::BadImage),
            (400, "resourceInUseByAnotherResource", "", Trouble::InUse),
            (400, "resourceNotReady", "", Trouble::Busy),
            (401, "authError", "", Trouble::Credential),
            (409, "alreadyExists", "", Trouble::There),
            (409, "ABORTED", "", Trouble::Changed),
            (412, "conditionNotMet", "", Trouble::Changed),
            (503, "backendError", "", Trouble::Lost),
            (400, "invalid", "", Trouble::Refused),
        ] {
            assert_eq!(Trouble::of_answer(code, &[reason], message), expected, "{code} {reason}");
        }
    }

    #[test]
    fn each_end_of_an_operation_has_its_class() {
        for (code, expected) in [
            ("ZONE_RESOURCE_POOL_EXHAUSTED", Trouble::StockOut),
            ("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", Trouble::StockOut),
            ("QUOTA_EXCEEDED", Trouble::Quota),
            ("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", Trouble::InUse),
            ("RESOURCE_NOT_FOUND", Trouble::NotFound),
            ("SOMETHING_NEW", Trouble::Refused),
        ] {
            assert_eq!(Trouble::of_operation(code, ""), expected, "{code}");
        }
    }

    #[test]
    fn what_kops_says_has_its_class() {
        for (text, expected) in [
            (
                "googleapi: Error 403: Quota 'CPUS' exceeded.  Limit: 24.0, quotaExceeded",
                Trouble::Quota,
            ),
            (
                "googleapi: Error 403: Required 'x' permission for 'y', forbidden",
                Trouble::Permission,
            ),
            ("oauth2: \"invalid_grant\" \"Invalid JWT Signature.\"", Trouble::Credential),
            ("Error 404: The resource 'projects/p' was not found, notFound", Trouble::Project),
            (
                "Error 404: The resource 'projects/u/global/images/x' was not found",
                Trouble::BadImage,
            ),
        ] {
            assert_eq!(Trouble::in_words(text), Some(expected), "{text}");
        }
        assert_eq!(Trouble::in_words("I1127 Copying projects/u/global/images/x"), None);
    }

    #[test]
    fn what_another_zone_or_another_person_has_to_mend_is_not_tried_again() {
        for trouble in [Trouble::StockOut, Trouble::Quota, Trouble::Permission, Trouble::BadImage] {
            assert_eq!(trouble.rule().attempts, 1, "{trouble:?}");
        }
        for trouble in [Trouble::Lost, Trouble::RateLimit, Trouble::Busy] {
            assert!(trouble.rule().attempts > 5, "{trouble:?}");
        }
        assert_eq!(Trouble::StockOut.outcome(), Outcome::Infrastructure);
        assert_eq!(Trouble::Quota.outcome(), Outcome::Infrastructure);
    }
}
