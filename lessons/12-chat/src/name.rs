//! Who may be called what.

use std::collections::HashSet;
use std::net::IpAddr;

use unicode_security::GeneralSecurityProfile;
use unicode_security::confusable_detection::skeleton;

/// The longest name, in characters.
pub(crate) const LONGEST: usize = 32;

/// Who answers for the room. Nobody else may be called so.
pub(crate) const SERVER: &str = "server";

/// A name as it is shown: letters and digits of any script that people write in, and a few marks. No character that cannot
/// be seen, none that turns the direction of what follows; no address, which is what those are called who have no name.
pub(crate) fn checked(wanted: &str) -> Result<String, &'static str> {
    let words: Vec<&str> = wanted.split(' ').filter(|word| !word.is_empty()).collect();
    let name = words.join(" ");
    if name.is_empty() {
        return Err("a name has at least one letter");
    }
    if name.chars().count() > LONGEST {
        return Err("a name has at most 32 characters");
    }
    let allowed = |c: char| " -_.'".contains(c) || c.identifier_allowed();
    if !name.chars().all(allowed) {
        return Err("a name has letters, digits, spaces and - _ . ' only");
    }
    if !name.starts_with(char::is_alphanumeric) {
        return Err("a name begins with a letter or a digit");
    }
    if !name.chars().any(char::is_alphabetic) || name.parse::<IpAddr>().is_ok() {
        return Err("a name has at least one letter");
    }
    Ok(name)
}

/// The names that are taken. Those that look the same, or differ in large and small letters alone, are the same.
pub(crate) struct Names(HashSet<String>);

impl Names {
    pub(crate) fn new() -> Self {
        let mut names = Self(HashSet::new());
        names.take(SERVER);
        names
    }

    /// What a name looks like, and how it sounds, without marks and spaces. The two are told apart by their first words.
    fn keys(name: &str) -> [String; 2] {
        let letters = |name: &str| name.replace([' ', '-', '_', '.', '\''], "").to_lowercase();
        let looks: String = skeleton(name).collect();
        [
            format!("looks {}", letters(&looks)),
            format!("sounds {}", letters(name)),
        ]
    }

    /// Takes it; false if it is taken.
    pub(crate) fn take(&mut self, name: &str) -> bool {
        let keys = Self::keys(name);
        let free = keys.iter().all(|key| !self.0.contains(key));
        if free {
            self.0.extend(keys);
        }
        free
    }

    pub(crate) fn give_back(&mut self, name: &str) {
        for key in Self::keys(name) {
            self.0.remove(&key);
        }
    }

    /// From one name to another; false if that is taken by somebody else.
    pub(crate) fn change(&mut self, from: &str, to: &str) -> bool {
        self.give_back(from);
        let free = self.take(to);
        if !free {
            self.take(from);
        }
        free
    }

    /// A name for who has none: the address, and a number if that is taken.
    pub(crate) fn guest(&mut self, address: &str, number: u64) -> String {
        let numbered = (number + 1..).map(|number| format!("{address} #{number}"));
        let mut names = std::iter::once(address.to_owned()).chain(numbered);
        names
            .find(|name| self.take(name))
            .expect("there are more numbers than guests")
    }
}
