//! The Python that has MT5's package.

use super::checkup::Checkups;
use serde_json::Value;
use std::io::Read;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// What Python is to say of itself.
const QUESTION: &str = "
import json, struct, sys
told = {'version': list(sys.version_info[:3]), 'bits': struct.calcsize('P') * 8, 'os': sys.platform}
try:
    import MetaTrader5
    told['module'] = str(getattr(MetaTrader5, '__version__', 'of no version'))
except ImportError as error:
    told['lacks'] = str(error)
print(json.dumps(told))
";
/// The first start loads much.
const WAIT: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Looks at it. Whether a gateway can be started with it.
pub fn look(command: &[String], found: &mut Checkups) -> bool {
    let shown = command.join(" ");
    let told = match ask(command) {
        Ok(told) => told,
        Err(what) => {
            let to_do = "install 64-bit Python 3.8 or later, and name it as mt5.python";
            found.wrong("python", &format!("`{shown}` {what}"), to_do);
            return false;
        }
    };
    let part = |place: usize| told["version"][place].as_u64().unwrap_or(0);
    let version = format!("{}.{}.{}", part(0), part(1), part(2));
    if (part(0), part(1)) < (3, 8) {
        found.wrong(
            "python",
            &format!("it is {version}"),
            "install Python 3.8 or later, and name it as mt5.python",
        );
        return false;
    }
    if told["bits"] != 64 {
        let to_do = "install 64-bit Python: MT5's package has no other";
        found.wrong("python", &format!("{version} has {} bits", told["bits"]), to_do);
        return false;
    }
    found.fine("python", &format!("{version}, 64 bits"));
    if let Some(lacks) = told["lacks"].as_str() {
        let to_do = if told["os"] == "win32" {
            "run `pip install MetaTrader5` with this Python"
        } else {
            "MT5's package is for Windows: name a Python for Windows, under Wine, as mt5.python"
        };
        found.wrong("module", lacks, to_do);
        return false;
    }
    found.fine("module", &format!("MetaTrader5 {}", told["module"].as_str().unwrap_or_default()));
    true
}

fn ask(command: &[String]) -> Result<Value, String> {
    let (program, arguments) = command.split_first().ok_or("names no program")?;
    let mut child = Command::new(program)
        .args(arguments)
        .args(["-c", QUESTION])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot be started: {error}"))?;
    let mut waited = Duration::ZERO;
    while waited < WAIT && matches!(child.try_wait(), Ok(None)) {
        sleep(LOOK_AGAIN);
        waited += LOOK_AGAIN;
    }
    if matches!(child.try_wait(), Ok(None)) {
        // Where it cannot be killed it has ended.
        let _ = child.kill();
        return Err(format!("has not answered within {} s", WAIT.as_secs()));
    }
    let mut text = String::new();
    child
        .stdout
        .take()
        .and_then(|mut output| output.read_to_string(&mut text).ok())
        .ok_or("has said nothing that can be read")?;
    serde_json::from_str(text.trim()).map_err(|_| "is no Python, or a broken one".to_owned())
}
