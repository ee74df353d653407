//! Secrets: the master key, what is derived from it, and sealing of personal data.

use std::io::{Read as _, Write as _};
use std::path::Path;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use ratchet_engine::hash::hex;
use sha2::Sha256;

use crate::fault::{StoreError, StoreFault};
use crate::store::directory_of;

/// Bytes of a nonce, which stand before what they seal.
const NONCE: usize = 24;

/// The key of all keys. It lies outside the data and its backups (ACC-1).
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

/// What is derived from the master key, each for one purpose.
pub(super) struct Keys {
    lookup: [u8; 32],
    ids: [u8; 32],
    signing: [u8; 32],
    sealing: XChaCha20Poly1305,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("MasterKey")
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Keys")
    }
}

impl MasterKey {
    /// Reads the key from its file; where there is none and `make` allows it, makes one that only its owner may read.
    pub fn of_file(path: &Path, make: bool) -> Result<MasterKey, StoreError> {
        let failed = |error: &std::io::Error| StoreError::system(path, error);
        let mut key = [0; 32];
        match std::fs::File::open(path) {
            Ok(mut file) => {
                file.read_exact(&mut key).map_err(|error| failed(&error))?;
                Ok(MasterKey(key))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && make => {
                random(&mut key);
                write_whole(path, &key).map_err(|error| failed(&error))?;
                Ok(MasterKey(key))
            }
            Err(error) => Err(failed(&error)),
        }
    }
}

/// Writes a file that only its owner may read. Whoever is killed meanwhile leaves none under this name, and never a part of one.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    std::fs::File::open(directory_of(path))?.sync_all()
}

impl Keys {
    pub(super) fn of(master: &MasterKey) -> Keys {
        let derived = |purpose: &str| mac_of(&master.0, purpose, &[]).finalize().into_bytes().into();
        let sealing: [u8; 32] = derived("sealing");
        Keys {
            lookup: derived("lookup"),
            ids: derived("ids"),
            signing: derived("signing"),
            sealing: XChaCha20Poly1305::new(&sealing.into()),
        }
    }

    /// By which somebody is found without what they log in with being stored.
    pub(super) fn lookup(&self, login: &str) -> [u8; 32] {
        mac_of(&self.lookup, "login", &[login]).finalize().into_bytes().into()
    }

    /// A letter and 20 hexadecimal digits.
    pub(super) fn id(&self, letter: &str, parts: &[&str]) -> String {
        let hash: [u8; 32] = mac_of(&self.ids, letter, parts).finalize().into_bytes().into();
        format!("{letter}{}", hex(&hash[..10]))
    }

    pub(super) fn mac(&self, purpose: &str, parts: &[&str]) -> [u8; 32] {
        mac_of(&self.signing, purpose, parts).finalize().into_bytes().into()
    }

    pub(super) fn is_mac(&self, purpose: &str, parts: &[&str], signature: &[u8]) -> bool {
        mac_of(&self.signing, purpose, parts).verify_slice(signature).is_ok()
    }

    /// A new key of a person, as it is stored, and as it seals.
    pub(super) fn new_person_key(&self, person: &str) -> (Vec<u8>, PersonKey) {
        let mut key = [0; 32];
        random(&mut key);
        (seal(&self.sealing, person, &key), PersonKey(XChaCha20Poly1305::new(&key.into())))
    }

    /// A person's key as it was stored.
    pub(super) fn person_key(&self, person: &str, stored: &[u8]) -> Result<PersonKey, StoreError> {
        let key = open(&self.sealing, person, stored)?;
        let key: [u8; 32] = key.try_into().map_err(|_| unsealed(person))?;
        Ok(PersonKey(XChaCha20Poly1305::new(&key.into())))
    }
}

/// The key of one person's data.
pub(super) struct PersonKey(XChaCha20Poly1305);

impl PersonKey {
    /// `place` is bound to what is sealed: it opens nowhere else.
    pub(super) fn seal(&self, place: &str, text: &[u8]) -> Vec<u8> {
        seal(&self.0, place, text)
    }

    pub(super) fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        open(&self.0, place, sealed)
    }
}

fn seal(cipher: &XChaCha20Poly1305, place: &str, text: &[u8]) -> Vec<u8> {
    let mut sealed = vec![0; NONCE];
    random(&mut sealed);
    let nonce = XNonce::try_from(sealed.as_slice()).expect("a nonce has its length");
    let payload = Payload { msg: text, aad: place.as_bytes() };
    sealed.extend(cipher.encrypt(&nonce, payload).expect("short texts can be sealed"));
    sealed
}

fn open(cipher: &XChaCha20Poly1305, place: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let (nonce, text) = sealed.split_at_checked(NONCE).ok_or_else(|| unsealed(place))?;
    let nonce = XNonce::try_from(nonce).map_err(|_| unsealed(place))?;
    cipher.decrypt(&nonce, Payload { msg: text, aad: place.as_bytes() }).map_err(|_| unsealed(place))
}

fn unsealed(place: &str) -> StoreError {
    StoreFault::Sealed { place }.into()
}

/// A keyed hash of parts, each with its length in front, so that no two lists of parts are the same text.
fn mac_of(key: &[u8; 32], purpose: &str, parts: &[&str]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("any length is a key");
    for part in [purpose].iter().chain(parts) {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        mac.update(part.as_bytes());
    }
    mac
}

/// Random bytes of the system.
pub(super) fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system has random bytes");
}

/// A letter and 20 random hexadecimal digits.
pub(super) fn random_id(letter: &str) -> String {
    let mut bytes = [0; 10];
    random(&mut bytes);
    format!("{letter}{}", hex(&bytes))
}

/// A secret of 64 hexadecimal digits, and what is stored of it.
pub(super) fn secret() -> (String, [u8; 32]) {
    let mut bytes = [0; 32];
    random(&mut bytes);
    let text = hex(&bytes);
    let hash = hash_of(&text);
    (text, hash)
}

/// What is stored of a secret: it is long and random, so one hash is enough.
pub(super) fn hash_of(secret: &str) -> [u8; 32] {
    use sha2::Digest as _;
    Sha256::digest(secret.as_bytes()).into()
}
