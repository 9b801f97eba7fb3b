//! The command table and the commands that need only data.
