//! ACL as far as it goes here: one user, `default`, who may do everything but the commands that ACL SETUSER takes away.

use super::super::Node;
use super::super::commands::{self, Spec};
use crate::base::{Bytes, ConnId};

impl Node {
    /// ACL WHOAMI and ACL SETUSER.
    pub(super) fn acl(&mut self, id: ConnId, word: &[u8], argv: &[Bytes]) {
        match word {
            b"whoami" => self.reply(id, |replies| replies.bulk_str(b"default")),
            b"setuser" => match self.set_user(&argv[2..]) {
                Ok(()) => self.reply_ok(id),
                Err(error) => self.reply_error(id, &error),
            },
            _ => self.reply_error(id, "ERR This server has no access control lists"),
        }
    }

    /// `default +command -command allcommands ...`: all rules or none.
    fn set_user(&mut self, words: &[Bytes]) -> Result<(), String> {
        let Some((name, rules)) = words.split_first() else { return Err("ERR syntax error".into()) };
        if name[..] != *b"default" {
            return Err("ERR This server has no user but 'default'".into());
        }
        let mut forbidden = self.service.forbidden.clone();
        for rule in rules {
            let (sign, rest) = rule.split_first().unwrap_or((&0, &[]));
            match (sign, commands::lookup(rest)) {
                (b'+', Some(spec)) => drop(forbidden.remove(spec.name)),
                (b'-', Some(spec)) => drop(forbidden.insert(spec.name)),
                _ if rule.eq_ignore_ascii_case(b"allcommands") || rule.eq_ignore_ascii_case(b"+@all") => {
                    forbidden.clear();
                }
                _ => {
                    let rule = String::from_utf8_lossy(&rule[..rule.len().min(128)]).into_owned();
                    return Err(format!("ERR Error in ACL SETUSER modifier '{rule}': Syntax error"));
                }
            }
        }
        self.service.forbidden = forbidden;
        Ok(())
    }

    /// Why the user may not call this command.
    pub(in crate::node) fn permission_error(&self, spec: &Spec) -> Option<String> {
        let is_forbidden = !self.service.forbidden.is_empty() && self.service.forbidden.contains(spec.name);
        is_forbidden.then(|| format!("NOPERM this user has no permissions to run the '{}' command", spec.name))
    }
}
