# Everything that is done more than once.

# a sample world, served
demo:
    cargo run --release -- demo

# every test
test:
    cargo test

# what the gate looks at before the tests
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# benches, each as a ratio to a yardstick beside it
bench:
    cargo bench

# other people's programs on our output
judges:
    .ci/run

# the pictures of README.md
pictures:
    docs/pictures/make
