//! `tutee completions` and `tutee man`: what shells and `man` are told of the command line, out of the options themselves.

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::failure::Failure;
use crate::streams::print_with;

/// Prints the completions of a shell.
///
/// # Errors
/// What standard output says.
pub fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tutee", &mut script);
    print_with(|stdout| stdout.write_all(&script))
}

/// Prints the page of the program or of one of its commands.
///
/// # Errors
/// Exit code 2 for a command that there is not, or what standard output says.
pub fn page(args: &ManArgs) -> Result<(), Failure> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let command = match &args.command {
        None => program,
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
            let known: Vec<_> = program.get_subcommands().map(Command::get_name).collect();
            Failure::usage(format!("{name}: no command; expected one of {}", known.join(", ")))
        })?,
    };
    print_with(|stdout| Man::new(command).render(&mut { stdout }))
}
