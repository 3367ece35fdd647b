//! `scale-ci tools`: every program that is not ours, built if need be.

use stage::{Cancel, PINS, SOURCES, Toolbox};

use crate::{
    cli::ToolsArgs,
    error::Error,
    output::{say, say_json},
};

/// Gets the programs and prints where each lies.
pub(crate) async fn tools(args: &ToolsArgs, cancel: &Cancel) -> Result<u8, Error> {
    let toolbox = Toolbox::from_env(cancel);
    let named = |name: &str| args.names.iter().any(|n| n == name);
    let wanted = |name: &str, is_local| named(name) || (args.names.is_empty() && is_local);
    let known = |name: &String| {
        PINS.iter().any(|pin| pin.name == name) || SOURCES.iter().any(|source| source.name == name)
    };
    if let Some(name) = args.names.iter().find(|name| !known(name)) {
        return Err(Error::Tools(stage::ToolboxError::Unknown(name.clone())));
    }
    if let Err(mut faults) = toolbox.check() {
        return Err(Error::Tools(faults.swap_remove(0)));
    }
    for pin in PINS.iter().filter(|pin| wanted(pin.name, pin.is_local)) {
        toolbox.find(pin.name).await.map_err(Error::Tools)?;
    }
    let mut used = toolbox.used();
    for source in SOURCES.iter().filter(|source| wanted(source.name, true)) {
        used.push(run_record::ToolUsed {
            name: source.name.into(),
            version: source.module.version().into(),
            path: toolbox.source(source.name, None).await.map_err(Error::Tools)?,
            source: "cache".into(),
        });
    }
    if args.json {
        say_json(&used);
    } else {
        for tool in used {
            let path = tool.path.display();
            say(&format!("{:24} {:12} {:12} {path}", tool.name, shown(&tool.version), tool.source));
        }
    }
    Ok(0)
}

/// A version as a table shows it: a Go pseudo-version by its commit.
fn shown(version: &str) -> &str {
    version.rsplit('-').next().unwrap_or(version)
}
