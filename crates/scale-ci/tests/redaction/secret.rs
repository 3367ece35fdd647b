//! What is planted: the forms in which programs say secrets, and what others would obey.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::needle::Needle;

/// One kind of secret. Each place gets one of its own, so that what is found tells where it came from.
pub(crate) struct Secret {
    pub(crate) name: &'static str,
    /// The text that is planted, and what of it must not come out, from a word of the place's own.
    pub(crate) make: fn(&str) -> Planted,
}

/// A secret in its text.
pub(crate) struct Planted {
    pub(crate) text: String,
    pub(crate) needles: Vec<Needle>,
}

const fn secret(name: &'static str, make: fn(&str) -> Planted) -> Secret {
    Secret { name, make }
}

/// Everything that is planted.
pub(crate) const SECRETS: &[Secret] = &[
    secret("kubeconfig, YAML", kubeconfig_yaml),
    secret("kubeconfig, JSON on one line", kubeconfig_json),
    secret("bearer token", |word| {
        hidden(&format!("Authorization: Bearer {}", token(word)), &token(word))
    }),
    secret("basic auth", basic_auth),
    secret("password in a URL", |word| {
        hidden(&format!("https://admin:{}@registry.example/v2/", token(word)), &token(word))
    }),
    secret("certificate, PEM", |word| pem(word, "CERTIFICATE", "\n")),
    secret("private key, PEM", |word| pem(word, "EC PRIVATE KEY", "\n")),
    secret("private key, PEM on one line", |word| pem(word, "PRIVATE KEY", "\\n")),
    secret("private key in base64", |word| encoded(word, 0)),
    secret("the same behind one byte", |word| encoded(word, 1)),
    secret("the same behind two bytes", |word| encoded(word, 2)),
    secret("service account, JSON", service_account),
    secret("GitHub token", |word| is_hidden(format!("ghp_{}", letters(word, 36)))),
    secret("GitHub token, fine-grained", |word| {
        is_hidden(format!("github_pat_{}_{}", letters(word, 22), letters(word, 59)))
    }),
    secret("Google access token", |word| is_hidden(format!("ya29.{}", token(word)))),
    secret("Google API key", |word| is_hidden(format!("AIza{}", letters(word, 35)))),
    secret("AWS keys", aws),
    secret("JSON web token", json_web_token),
    secret("docker config", docker_config),
    secret("Helm value", |word| {
        let text = format!("db:\n  user: me\n  password: {}\n", token(word));
        hidden(&text, &token(word))
    }),
    secret("argument of a command", |word| {
        hidden(&format!("helm registry login --password {} host", token(word)), &token(word))
    }),
    secret("workflow command", |word| commands(word, "")),
    secret("the same behind a carriage return", |word| commands(word, "said\r")),
    secret("the same behind U+2028", |word| commands(word, "said\u{2028}  ")),
    secret("workflow command, old form", |word| {
        let text = format!("said ##[group]{word}");
        Planted { text: text.clone(), needles: vec![Needle::Raw(format!("##[group]{word}"))] }
    }),
    secret("workflow commands stopped", |word| {
        let text = format!("::stop-commands::{word}");
        Planted { text: text.clone(), needles: vec![Needle::Command(text)] }
    }),
    secret("colour", |word| raw(format!("\u{1b}[31m{word}\u{1b}[0m"), format!("\u{1b}[31m{word}"))),
    secret("colour, 8 bits", |word| raw(format!("\u{9b}31m{word}"), format!("\u{9b}31m{word}"))),
    secret("title of the terminal", |word| {
        raw(format!("\u{1b}]0;{word}\u{7}"), format!("\u{1b}]0;{word}"))
    }),
    secret("control characters", |word| raw(format!("a\u{7}\u{8}{word}"), format!("\u{8}{word}"))),
];

/// `hidden` in `text`.
fn hidden(text: &str, hidden: &str) -> Planted {
    Planted { text: text.into(), needles: vec![Needle::Encoded(hidden.into())] }
}

fn is_hidden(text: String) -> Planted {
    hidden(&text, &text)
}

fn raw(text: String, obeyed: String) -> Planted {
    Planted { text, needles: vec![Needle::Raw(obeyed)] }
}

/// `count` letters and digits that follow from `word`.
fn letters(word: &str, count: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // FNV-1a, then one step of a linear generator for each letter.
    let mut state = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(LETTERS[(state >> 33) as usize % LETTERS.len()])
    };
    (0..count).map(next).collect()
}

fn token(word: &str) -> String {
    letters(word, 40)
}

fn lines(word: &str) -> Vec<String> {
    [("a", 64), ("b", 64), ("c", 40)]
        .map(|(part, count)| letters(&(word.to_owned() + part), count))
        .into()
}

fn pem(word: &str, kind: &str, end: &str) -> Planted {
    let lines = lines(word);
    let text =
        format!("-----BEGIN {kind}-----{end}{}{end}-----END {kind}-----{end}", lines.join(end));
    Planted { text, needles: lines.into_iter().map(Needle::Encoded).collect() }
}

/// A key in base64, behind some bytes of a longer text.
fn encoded(word: &str, before: usize) -> Planted {
    let key = pem(word, "RSA PRIVATE KEY", "\n").text;
    let text = BASE64_STANDARD.encode(format!("{}{key}", &"\n\n"[..before]));
    // A part of the middle, so that the search does not know how it begins.
    let needle = Needle::Encoded(text[60..120].to_owned());
    Planted { text: format!("tls.key: {text}"), needles: vec![needle] }
}

fn kubeconfig_yaml(word: &str) -> Planted {
    let (certificate, key, token) = kubeconfig_parts(word);
    let text = format!(
        "apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    client-certificate-data: {certificate}\n    client-key-data: {key}\n    token: {token}\n"
    );
    Planted { text, needles: [certificate, key, token].map(Needle::Encoded).into() }
}

fn kubeconfig_json(word: &str) -> Planted {
    let (certificate, key, token) = kubeconfig_parts(word);
    let text = format!(
        r#"{{"users":[{{"name":"admin","user":{{"client-certificate-data":"{certificate}","client-key-data":"{key}","token":"{token}"}}}}]}}"#
    );
    Planted { text, needles: [certificate, key, token].map(Needle::Encoded).into() }
}

fn kubeconfig_parts(word: &str) -> (String, String, String) {
    let certificate = BASE64_STANDARD.encode(pem(&format!("{word} crt"), "CERTIFICATE", "\n").text);
    let key = BASE64_STANDARD.encode(pem(&format!("{word} key"), "EC PRIVATE KEY", "\n").text);
    (certificate, key, token(word))
}

fn basic_auth(word: &str) -> Planted {
    let encoded = BASE64_STANDARD.encode(format!("admin:{}", token(word)));
    let text = format!("Authorization: Basic {encoded}");
    Planted { text, needles: vec![Needle::Encoded(token(word)), Needle::Encoded(encoded)] }
}

fn service_account(word: &str) -> Planted {
    let key = pem(word, "PRIVATE KEY", "\\n");
    let id = letters(&format!("{word} id"), 40);
    let text = format!(
        r#"{{"type":"service_account","private_key_id":"{id}","private_key":"{}","client_email":"ci@example"}}"#,
        key.text
    );
    Planted { text, needles: key.needles.into_iter().chain([Needle::Encoded(id)]).collect() }
}

fn aws(word: &str) -> Planted {
    let id = format!("AKIA{}", letters(word, 16).to_uppercase());
    let key = token(word);
    let text = format!("AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={key}");
    Planted { text, needles: [id, key].map(Needle::Encoded).into() }
}

fn json_web_token(word: &str) -> Planted {
    let claims = BASE64_STANDARD.encode(format!(r#"{{"sub":"{}"}}"#, letters(word, 19)));
    is_hidden(format!("eyJhbGciOiJSUzI1NiJ9.{}.{}", claims.trim_end_matches('='), token(word)))
}

fn docker_config(word: &str) -> Planted {
    let auth = BASE64_STANDARD.encode(format!("admin:{}", token(word)));
    let text = format!(r#"{{"auths":{{"registry.example":{{"auth":"{auth}"}}}}}}"#);
    Planted { text, needles: [auth, token(word)].map(Needle::Encoded).into() }
}

fn commands(word: &str, before: &str) -> Planted {
    let command = format!("::set-output name={word}::x");
    Planted { text: format!("{before}{command}"), needles: vec![Needle::Command(command)] }
}
