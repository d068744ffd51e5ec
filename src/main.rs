//! The `yinxin` command.

fn main() -> std::process::ExitCode {
    yinxin::cli::main()
}
