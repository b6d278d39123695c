//! Which file uses what of which other one, read from the text.
//!
//! A file uses another one if it names something that stands in it: by a `use`, nested braces and
//! all, or by a path in its code; what it names through a re-export it uses of the file that
//! re-exports. No use is
//! - a `mod` line: a folder must name its files, and they do not become a part of it by that;
//! - a method called on a value: to come by the value its type had to be named by somebody.
//!
//! So the methods of one type may be spread over the files of a room: each of them uses the file in
//! which the type is declared (`use super::Executor`), and that is no circle as long as this file
//! names nothing of theirs. Where the type is made of what such a file declares, it is one: the
//! part belongs into a file of its own.

use crate::sources::{Source, by_module, tokens};
use std::collections::{BTreeMap, BTreeSet};

type Module = Vec<String>;

/// Of each module those that it uses, with what it names of them.
pub struct Uses(BTreeMap<Module, BTreeMap<Module, BTreeSet<String>>>);

impl Uses {
    pub fn of(sources: &[Source]) -> Self {
        let modules = by_module(sources);
        let mut uses = BTreeMap::new();
        for (module, source) in &modules {
            let mut of_module: BTreeMap<Module, BTreeSet<String>> = BTreeMap::new();
            for path in paths(&tokens(&source.code)) {
                let Some((used, what)) = resolve(&modules, module, &path) else { continue };
                if used != *module {
                    of_module.entry(used).or_default().insert(what);
                }
            }
            uses.insert(module.clone(), of_module);
        }
        Self(uses)
    }

    /// The groups of modules that all use one another, some by way of others.
    pub fn circles(&self) -> Vec<Vec<&Module>> {
        let reached: BTreeMap<_, _> =
            self.0.keys().map(|module| (module, self.reached(module))).collect();
        let mut groups: Vec<Vec<&Module>> = Vec::new();
        for (module, from_here) in &reached {
            if from_here.contains(module) && !groups.iter().flatten().any(|one| one == module) {
                groups.push(
                    from_here
                        .iter()
                        .filter(|other| reached[*other].contains(module))
                        .copied()
                        .collect(),
                );
            }
        }
        groups
    }

    fn reached<'a>(&'a self, from: &Module) -> BTreeSet<&'a Module> {
        let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(module) = open.pop() {
            for used in self.0.get(module).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(used) {
                    open.push(used);
                }
            }
        }
        reached
    }

    /// What the modules of a group name of one another, one line for each two.
    pub fn within(&self, group: &[&Module]) -> Vec<String> {
        let mut lines = Vec::new();
        for module in group {
            for (used, what) in self.0[*module].iter().filter(|(used, _)| group.contains(used)) {
                let what: Vec<&str> = what.iter().map(String::as_str).collect();
                lines.push(format!(
                    "{} uses {} of {}",
                    module.join("/"),
                    what.join(", "),
                    used.join("/")
                ));
            }
        }
        lines
    }
}

/// The paths that a code names, of two parts at least.
fn paths(tokens: &[&str]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            let end = at + tokens[at..].iter().position(|token| *token == ";").expect("a use ends");
            branches(&tokens[at + 1..end], &[], &mut found);
            at = end;
        } else if is_word(tokens[at]) {
            let mut path = vec![tokens[at].to_owned()];
            while at + 2 < tokens.len() && tokens[at + 1] == "::" && is_word(tokens[at + 2]) {
                path.push(tokens[at + 2].to_owned());
                at += 2;
            }
            found.push(path);
        }
        at += 1;
    }
    found.retain(|path| path.len() > 1);
    found
}

fn is_word(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// The paths of a `use`: `a::{b, c::{self, d as e}}` names `a::b`, `a::c` and `a::c::d`.
fn branches(tokens: &[&str], above: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = above.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at] {
            "::" => {}
            "as" => break,
            "{" => {
                let (mut depth, mut start) = (0, at + 1);
                for (place, token) in tokens.iter().enumerate().skip(at) {
                    depth += i32::from(*token == "{") - i32::from(*token == "}");
                    let is_end = depth == 0;
                    if is_end || (depth == 1 && *token == ",") {
                        branches(&tokens[start..place], &path, found);
                        start = place + 1;
                    }
                    if is_end {
                        break;
                    }
                }
                return;
            }
            "self" if at > 0 || !above.is_empty() => {}
            word => path.push(word.to_owned()),
        }
        at += 1;
    }
    if path.len() > above.len() || tokens == ["self"] {
        found.push(path);
    }
}

/// The module of this crate in which stands what `path` names in `own`, and its name there.
fn resolve(
    modules: &BTreeMap<Module, &Source>,
    own: &Module,
    path: &[String],
) -> Option<(Module, String)> {
    let mut names = path;
    let mut module = match names[0].as_str() {
        "crate" => Vec::new(),
        "self" | "super" => own.clone(),
        child if modules.contains_key(&[own.as_slice(), &[child.to_owned()]].concat()) => {
            own.clone()
        }
        _ => return None,
    };
    names = names.strip_prefix(&["crate".to_owned()]).unwrap_or(names);
    names = names.strip_prefix(&["self".to_owned()]).unwrap_or(names);
    while let Some(rest) = names.strip_prefix(&["super".to_owned()]) {
        module.pop();
        names = rest;
    }
    while let Some((name, rest)) = names.split_first() {
        module.push(name.clone());
        if !modules.contains_key(&module) {
            module.pop();
            break;
        }
        names = rest;
    }
    modules
        .contains_key(&module)
        .then(|| (module, names.first().map_or("the module itself", String::as_str).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::read;

    fn uses(files: &[(&str, &str)]) -> Uses {
        let sources: Vec<Source> =
            files.iter().map(|(path, text)| read(path.into(), text).0).collect();
        Uses::of(&sources)
    }

    #[test]
    fn a_circle_is_found_through_nested_uses_super_and_paths_in_the_code() {
        let uses = uses(&[
            ("a/mod.rs", "mod b; mod c; mod d; pub struct A { b: b::B }"),
            ("a/b.rs", "use crate::a::{c::{self, C as Other}, e::E}; pub struct B;"),
            ("a/c/mod.rs", "pub struct C; impl super::A {}"),
            ("a/d.rs", "use super::A; impl A { fn f(&self) { self.b.g() } }"),
            ("a/e.rs", "pub struct E;"),
        ]);
        let circles = uses.circles();
        assert_eq!(circles.len(), 1);
        assert_eq!(
            uses.within(&circles[0]),
            ["a uses B of a/b", "a/b uses C, the module itself of a/c", "a/c uses A of a"]
        );
    }

    #[test]
    fn methods_of_one_type_in_the_files_of_its_room_are_no_circle() {
        let parent = "mod b; mod c; use crate::a::c::C; pub struct A(C); impl A { fn f(&self) { self.g() } }";
        let uses = uses(&[
            ("a/mod.rs", parent),
            ("a/b.rs", "use super::A; impl A { fn g(&self) {} }"),
            ("a/c.rs", "pub struct C;"),
        ]);
        assert!(uses.circles().is_empty());
    }
}
