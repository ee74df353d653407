//! One-time codes: six digits that prove to receive what is sent to a login.

use super::Tables;
use super::keys::random;
use crate::fault::StoreError;

/// A code is good for ten minutes.
pub const CODE_US: i64 = 600_000_000;
/// So many wrong attempts end a code.
const ATTEMPTS: i64 = 5;
/// A code has six digits.
const CODES: u32 = 1_000_000;

impl Tables<'_> {
    /// Makes a code for a login and a purpose, in place of any before: its digits, which are stored nowhere.
    pub fn make_code(&self, login: &str, purpose: &str, now: i64) -> Result<String, StoreError> {
        let code = digits();
        let put = "INSERT INTO one_time_code (login, purpose, code, expires_at, attempts_left) VALUES (?1, ?2, ?3, ?4, ?5) \
                   ON CONFLICT (login, purpose) DO UPDATE SET code = ?3, expires_at = ?4, attempts_left = ?5";
        let (hash, stored) = (self.keys.lookup(login), self.hash_of_code(login, purpose, &code));
        self.execute(put, (&hash[..], purpose, &stored[..], now.saturating_add(CODE_US), ATTEMPTS))?;
        self.execute("DELETE FROM one_time_code WHERE expires_at < ?1", [now])?;
        Ok(code)
    }

    /// Uses a code up if it is the right one; a wrong one costs an attempt. What was tried has to be kept either way.
    pub fn use_code(&self, login: &str, purpose: &str, code: &str, now: i64) -> Result<bool, StoreError> {
        let hash = self.keys.lookup(login);
        let tried = "UPDATE one_time_code SET attempts_left = attempts_left - 1 \
                     WHERE login = ?1 AND purpose = ?2 AND expires_at >= ?3 AND attempts_left > 0";
        if self.execute(tried, (&hash[..], purpose, now))? == 0 {
            return Ok(false);
        }
        let stored = self.hash_of_code(login, purpose, code);
        let delete = "DELETE FROM one_time_code WHERE login = ?1 AND purpose = ?2 AND code = ?3";
        Ok(self.execute(delete, (&hash[..], purpose, &stored[..]))? == 1)
    }

    fn hash_of_code(&self, login: &str, purpose: &str, code: &str) -> [u8; 32] {
        self.keys.mac("one-time code", &[login, purpose, code])
    }
}

/// Each of all codes as likely as any other: what would make small ones likelier is drawn again.
fn digits() -> String {
    let even = u32::MAX - u32::MAX % CODES;
    loop {
        let mut bytes = [0; 4];
        random(&mut bytes);
        let drawn = u32::from_le_bytes(bytes);
        if drawn < even {
            return format!("{:06}", drawn % CODES);
        }
    }
}
