//! `portent new`: copies a starter project, under a name of its own.
//!
//! The projects are the folders of `templates/`, which are built and tested with everything else. There they use the crates
//! beside them; a copy uses those of a checkout, or the published ones.

use crate::args::{NewArgs, Template};
use crate::failure::Failure;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of a template: where it goes, and what is in it.
type File = (&'static str, &'static str);

macro_rules! files {
    ($folder:literal: $($file:literal),*) => {
        &[$(($file, include_str!(concat!("../../templates/", $folder, "/", $file)))),*]
    };
}

const BUILD_SCRIPT: &[File] =
    files!("build-script": "Cargo.toml", "README.md", "build.rs", "rules/alerts.ptn", "src/main.rs");
const MACRO: &[File] = files!("macro": "Cargo.toml", "README.md", "src/main.rs");
const SERVICE: &[File] =
    files!("service": "Cargo.toml", "README.md", "rules/alerts.ptn", "src/detector.rs", "src/main.rs");

impl Template {
    const fn files(self) -> &'static [File] {
        match self {
            Self::BuildScript => BUILD_SCRIPT,
            Self::Macro => MACRO,
            Self::Service => SERVICE,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::BuildScript => "build-script",
            Self::Macro => "macro",
            Self::Service => "service",
        }
    }
}

/// Makes the project, and says how to go on.
pub(crate) fn new(args: &NewArgs) -> Result<(), Failure> {
    let name = project_name(&args.folder)?;
    if args.folder.exists() {
        return Err(Failure::Usage(format!("{} exists; choose another name", args.folder.display())));
    }
    let source = args.path.as_deref().map(checkout).transpose()?;
    for (file, text) in args.template.files() {
        let text = match *file {
            "Cargo.toml" => manifest(text, args.template, name, source.as_deref()),
            _ => (*text).to_owned(),
        };
        write(&args.folder.join(file), &text)?;
    }
    write(&args.folder.join(".gitignore"), "/target\n")?;
    eprintln!("made {}; go on with: cd {} && cargo test", args.folder.display(), args.folder.display());
    Ok(())
}

/// The name of the folder, as that of a package.
fn project_name(folder: &Path) -> Result<&str, Failure> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !fits {
        let message = format!(
            "`{name}` cannot be the name of a package: it begins with a letter, and has letters, digits, `-` and `_`"
        );
        return Err(Failure::Usage(message));
    }
    Ok(name)
}

/// The whole path of a checkout of Portent.
fn checkout(path: &Path) -> Result<PathBuf, Failure> {
    let has = |file: &str| path.join(file).is_file();
    if !(has("Cargo.toml") && has("compiler/Cargo.toml")) {
        let message =
            format!("{} is no checkout of Portent: it has no `compiler/Cargo.toml`", path.display());
        return Err(Failure::Usage(message));
    }
    path.canonicalize().map_err(|error| Failure::Io(format!("{}: {error}", path.display())))
}

/// The template's manifest for a project called `name`, which takes Portent from a checkout, or from the registry.
fn manifest(text: &str, template: Template, name: &str, checkout: Option<&Path>) -> String {
    let text = text.replace(&format!("portent-template-{}", template.name()), name);
    match checkout {
        // As a basic string of TOML, with backslashes escaped.
        Some(path) => text.replace("path = \"../..", &format!("path = \"{}", escaped(path))),
        None => {
            let version = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"");
            text.replace("path = \"../../compiler\"", version).replace("path = \"../..\"", version)
        }
    }
}

fn escaped(path: &Path) -> String {
    path.display().to_string().replace('\\', "\\\\").replace('"', "\\\"")
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|error| Failure::Io(format!("cannot write {}: {error}", path.display())))
}
