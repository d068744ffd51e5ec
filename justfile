# Everything that is done more than once. `just` alone lists it.

_list:
    @just --list

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

# a lookup among a million records, 64 connections, beside a bare handler; the first run records them (minutes)
million RECORDS="1000000":
    YINXIN_RECORDS={{RECORDS}} cargo bench --bench million

# the gate, as CI runs it: tests, then other people's programs on our output
gate:
    .ci/run

# the judges alone, or some of them: `just judges --only files --only crash`
judges *ARGS:
    cargo build
    target/judges-venv/bin/python tests/judges/run.py --bin target/debug/yinxin --work target/judged --smaller {{ARGS}}

# the judges at full size (10,000 certificates, all 8,105 characters) on the release build
judges-full *ARGS:
    cargo build --release
    target/judges-venv/bin/python tests/judges/run.py --bin target/release/yinxin --work target/judged {{ARGS}}

# an invented award list of N holders
list N FILE:
    python3 tests/judges/make_list.py {{N}} {{FILE}}

# the pictures of README.md
pictures:
    docs/pictures/make
