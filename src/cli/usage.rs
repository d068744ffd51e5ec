//! What this process has used so far, as the kernel counts it (Linux `/proc`); nothing elsewhere.

/// CPU time and memory of the process.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// User and system time, milliseconds.
    pub cpu_ms: f64,
    /// The largest resident size so far, megabytes.
    pub peak_mb: f64,
}

/// Clock ticks a second in `/proc/self/stat`: 100 on every Linux of today.
const TICKS: f64 = 100.0;

impl Usage {
    /// Reads the counters.
    #[must_use]
    pub fn now() -> Option<Self> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // Fields are counted after the command name in brackets, which may hold spaces: utime and stime are fields 14 and 15.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
        let kilobytes: f64 = peak.trim().trim_end_matches(" kB").trim().parse().ok()?;
        Some(Self { cpu_ms: ticks * 1000.0 / TICKS, peak_mb: kilobytes / 1024.0 })
    }
}
