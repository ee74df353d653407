//! Pictures that people put on this server: read whole within limits, written anew in three widths without anything that the file said
//! beside its dots, and kept under the hash of what was written, in a directory or in any store that speaks S3 (MALL-7).

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Path as Segments, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt as _};
use ratchet_engine::hash::hex;
use ratchet_engine::message::Message;
use ratchet_store::PICTURES;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use crate::App;
use crate::problem::{Problem, ServerFault};
use crate::serve::ServeFault;

/// Largest file that is taken.
pub(crate) const BYTES_MAX: usize = 8 << 20;
/// A side has so many dots at least.
const SIDE_MIN: u32 = 32;
/// And at most so many.
const SIDE_MAX: u32 = 12_000;
/// Millions of dots of a whole picture: a phone's largest.
const MEGAPIXELS_MAX: u64 = 50;
/// What a picture may need in memory once it is read, whatever its file says.
const READ_BYTES_MAX: u64 = MEGAPIXELS_MAX * 1_000_000 * 4;
/// The widths in which it is written; one that is smaller stays as it is under each name.
pub(crate) const WIDTHS: [u32; 3] = [320, 750, 1280];
/// Of 100: what is lost cannot be seen on a phone.
const QUALITY: u8 = 82;
/// Where pictures are read from.
const PATH: &str = "/pictures";
/// Nothing in a picture is ever run or shown as a page.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Where a server keeps pictures.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PictureSettings {
    /// A directory, which is made if it is not there.
    Directory {
        /// Which.
        path: PathBuf,
    },
    /// A store that speaks S3.
    S3 {
        /// The bucket, which has to be there.
        bucket: String,
        /// Its region.
        region: Option<String>,
        /// Where it is reached, if it is not Amazon's; `http` only on a network of one's own.
        endpoint: Option<String>,
        /// What the names of all files begin with.
        prefix: Option<String>,
        /// A file with the id of its key and the secret, a line each; absent: the environment says them, as it does for other programs
        /// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`).
        keys: Option<PathBuf>,
    },
}

/// Where pictures are kept.
#[derive(Debug)]
pub(crate) struct Pictures {
    store: Arc<dyn ObjectStore>,
    /// A large picture takes some hundred megabytes while it is read: one at a time.
    reading: Semaphore,
}

/// A picture as it was written anew.
pub(crate) struct Rewritten {
    /// The hash of its files.
    pub(crate) id: String,
    /// Width and height of the largest.
    pub(crate) size: [u32; 2],
    files: Vec<(u32, Vec<u8>)>,
}

impl Pictures {
    /// Opens the place that the configuration names, else a directory among the data.
    pub(crate) fn open(settings: Option<&PictureSettings>, data: &Path) -> Result<Pictures, Message> {
        let store: Arc<dyn ObjectStore> = match settings {
            None => directory(&data.join(PICTURES))?,
            Some(PictureSettings::Directory { path }) => directory(path)?,
            Some(PictureSettings::S3 { bucket, region, endpoint, prefix, keys }) => {
                // The process has one already where a test opened another server.
                drop(tokio_rustls::rustls::crypto::ring::default_provider().install_default());
                let mut s3 = AmazonS3Builder::from_env().with_bucket_name(bucket);
                // Not every store that speaks S3 knows how to delete many at once.
                s3 = s3.with_disable_bulk_delete(true);
                if let Some(region) = region {
                    s3 = s3.with_region(region);
                }
                if let Some(endpoint) = endpoint {
                    s3 = s3.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
                }
                if let Some(keys) = keys {
                    let unread =
                        |error: String| ServeFault::Pictures { place: keys.display().to_string(), error };
                    let text = std::fs::read_to_string(keys).map_err(|error| unread(error.to_string()))?;
                    let lines = text.trim().split_once('\n');
                    let (id, secret) = lines.ok_or_else(|| unread("not two lines".to_owned()))?;
                    s3 = s3.with_access_key_id(id.trim()).with_secret_access_key(secret.trim());
                }
                let built = s3.build().map_err(|error| ServeFault::Pictures {
                    place: bucket.clone(),
                    error: error.to_string(),
                })?;
                Arc::new(PrefixStore::new(built, prefix.clone().unwrap_or_default()))
            }
        };
        Ok(Pictures { store, reading: Semaphore::new(1) })
    }

    /// Reads what somebody sent and writes it anew, on a thread that may take its time.
    pub(crate) async fn rewrite(&self, bytes: axum::body::Bytes) -> Result<Rewritten, Problem> {
        let _turn = self
            .reading
            .acquire()
            .await
            .map_err(|closed| Problem::new(ServerFault::Bug {}).because(closed.to_string()))?;
        let done = tokio::task::spawn_blocking(move || rewritten(&bytes)).await;
        done.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    }

    /// Keeps its files; those of the same picture are the same.
    pub(crate) async fn keep(&self, picture: Rewritten) -> Result<(), Problem> {
        for (width, file) in picture.files {
            self.store.put(&place(&picture.id, width), file.into()).await.map_err(|error| lost(&error))?;
        }
        Ok(())
    }

    async fn read(&self, id: &str, width: u32) -> Result<axum::body::Bytes, Problem> {
        let read = async { self.store.get(&place(id, width)).await?.bytes().await };
        read.await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => Problem::not_found(),
            error => lost(&error),
        })
    }

    async fn delete(&self, id: &str) -> Result<(), object_store::Error> {
        for width in WIDTHS {
            match self.store.delete(&place(id, width)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn directory(path: &Path) -> Result<Arc<dyn ObjectStore>, Message> {
    let failed =
        |error: String| Message::from(ServeFault::Pictures { place: path.display().to_string(), error });
    std::fs::create_dir_all(path).map_err(|error| failed(error.to_string()))?;
    let store = LocalFileSystem::new_with_prefix(path).map_err(|error| failed(error.to_string()))?;
    // A row that names a picture is on disk when it is answered: so are its files.
    Ok(Arc::new(store.with_fsync(true)))
}

fn place(id: &str, width: u32) -> object_store::path::Path {
    object_store::path::Path::from(format!("{id}/{width}.jpg"))
}

fn lost(error: &object_store::Error) -> Problem {
    Problem::new(ServerFault::Storage {}).because(error.to_string())
}

/// Where a picture is read from in a width, as a path on this server.
pub(crate) fn path_of(id: &str, width: u32) -> String {
    format!("{PATH}/{id}/{width}.jpg")
}

/// The id that such a path names.
pub(crate) fn id_of(path: &str) -> Option<&str> {
    let (id, file) = path.strip_prefix(PATH)?.strip_prefix('/')?.split_once('/')?;
    width_of(file).filter(|_| is_id(id)).map(|_| id)
}

/// Whether a path is one of pictures, of some that are there or not.
pub(crate) fn is_path(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a text has the form of a picture's id.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn width_of(file: &str) -> Option<u32> {
    WIDTHS.into_iter().find(|width| file == format!("{width}.jpg"))
}

fn rewritten(bytes: &[u8]) -> Result<Rewritten, Problem> {
    let image = read(bytes)?;
    let largest = fitted(&image, WIDTHS[WIDTHS.len() - 1]);
    let (mut files, mut hash) = (Vec::with_capacity(WIDTHS.len()), Sha256::new());
    for width in WIDTHS {
        let shown = fitted(&DynamicImage::ImageRgb8(largest.clone()), width);
        let mut file = Vec::new();
        let written = shown.write_with_encoder(JpegEncoder::new_with_quality(&mut file, QUALITY));
        written.map_err(|error| Problem::new(ServerFault::Bug {}).because(error.to_string()))?;
        hash.update(file.len().to_be_bytes());
        hash.update(&file);
        files.push((width, file));
    }
    Ok(Rewritten { id: hex(&hash.finalize()), size: [largest.width(), largest.height()], files })
}

/// The dots of a picture, upright. What the file says of its size is looked at before any memory is taken for it.
fn read(bytes: &[u8]) -> Result<DynamicImage, Problem> {
    let unread =
        |error: image::ImageError| Problem::new(ServerFault::PictureUnread {}).because(error.to_string());
    let format = image::guess_format(bytes).map_err(unread)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return Err(Problem::new(ServerFault::PictureType {}));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(READ_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unread)?;
    let (width, height) = decoder.dimensions();
    let sides = [width, height].into_iter().all(|side| (SIDE_MIN..=SIDE_MAX).contains(&side));
    let dots = u64::from(width) * u64::from(height);
    if !sides || dots > MEGAPIXELS_MAX * 1_000_000 || decoder.total_bytes() > READ_BYTES_MAX {
        return Err(Problem::new(ServerFault::PictureSize {
            width,
            height,
            least: SIDE_MIN,
            most: SIDE_MAX,
            millions: MEGAPIXELS_MAX,
        }));
    }
    let upright = decoder.orientation().map_err(unread)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(unread)?;
    image.apply_orientation(upright);
    Ok(image)
}

/// At most so wide, on white where it was clear.
fn fitted(image: &DynamicImage, most: u32) -> RgbImage {
    let width = image.width().min(most);
    // At least one dot high, however long it is.
    let high = |width: u32| {
        let height = u64::from(image.height()) * u64::from(width) / u64::from(image.width());
        u32::try_from(height).unwrap_or(u32::MAX).max(1)
    };
    // Whole squares of dots first: what is left is small enough to be done well.
    let near = most.saturating_mul(2);
    let near = if image.width() > near { image.thumbnail_exact(near, high(near)) } else { image.clone() };
    let flat = match near {
        DynamicImage::ImageRgb8(flat) => flat,
        near if near.color().has_alpha() => on_white(&near),
        near => near.into_rgb8(),
    };
    if flat.width() == width {
        return flat;
    }
    image::imageops::resize(&flat, width, high(width), FilterType::CatmullRom)
}

fn on_white(image: &DynamicImage) -> RgbImage {
    let dots = image.to_rgba8();
    RgbImage::from_fn(dots.width(), dots.height(), |x, y| {
        let [red, green, blue, alpha] = dots.get_pixel(x, y).0;
        let over = |part: u8| {
            let mixed = u32::from(part) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX)
        };
        Rgb([over(red), over(green), over(blue)])
    })
}

/// A picture in a width. Its name says what is in it, so it is kept for ever.
pub(crate) async fn serve(
    State(app): State<App>,
    Segments((id, file)): Segments<(String, String)>,
) -> Result<Response, Problem> {
    let width = width_of(&file).filter(|_| is_id(&id)).ok_or_else(Problem::not_found)?;
    // Whoever leaves takes what was shown in reviews along at once, whenever the files are deleted.
    let of = id.clone();
    if !app.people(move |people| people.look(|tables| tables.is_picture(&of))).await? {
        return Err(Problem::not_found());
    }
    let mut response = app.pictures.read(&id, width).await?.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// Deletes the files of pictures that nobody has any more; what cannot be deleted now is the next time.
pub(crate) async fn delete_gone(app: &App) {
    let done = async {
        let gone = app.people(|people| people.look(|tables| tables.gone_pictures())).await?;
        for id in gone {
            app.pictures.delete(&id).await.map_err(|error| lost(&error))?;
            app.people(move |people| people.change(|tables| tables.forget_gone_picture(&id))).await?;
        }
        Ok::<_, Problem>(())
    };
    if let Err(problem) = done.await {
        tracing::warn!(reason = problem.reason(), "files of pictures of people who left are still there");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
            let part = |dots: u32| u8::try_from(dots % 256).unwrap_or(0);
            Rgb([part(x), part(y), part(x + y)])
        }))
    }

    fn file_of(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    fn code_of(bytes: &[u8]) -> &'static str {
        rewritten(bytes).map(|_| "").unwrap_or_else(|problem| problem.code())
    }

    /// MALL-7: three formats become the same three widths, and none is made larger than it was.
    #[test]
    fn every_format_becomes_three_widths() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let picture = rewritten(&file_of(&drawn(1600, 800), format))
                .unwrap_or_else(|problem| panic!("{problem:?}"));
            assert_eq!(picture.size, [1280, 640]);
            let sizes: Vec<_> = picture
                .files
                .iter()
                .map(|(width, file)| {
                    assert!(file.starts_with(&[0xff, 0xd8, 0xff]), "JPEG");
                    let read = image::load_from_memory(file).unwrap();
                    (*width, read.width(), read.height())
                })
                .collect();
            assert_eq!(sizes, [(320, 320, 160), (750, 750, 375), (1280, 1280, 640)]);
        }
        let small = rewritten(&file_of(&drawn(400, 100), ImageFormat::Png))
            .unwrap_or_else(|problem| panic!("{problem:?}"));
        let again = rewritten(&file_of(&drawn(400, 100), ImageFormat::WebP))
            .unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!((small.size, small.id == again.id), ([400, 100], true), "the same dots, the same picture");
    }

    /// MALL-7: what a camera says beside the dots is gone, and the picture stands upright.
    #[test]
    fn what_a_file_says_of_its_maker_is_gone() {
        let plain = file_of(&drawn(64, 32), ImageFormat::Jpeg);
        // Orientation 6 (turned by a quarter) and a maker's name, as a camera writes them.
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02\x01\x0f\0\x02\0\0\0\x04Abc\0\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let mut file = plain[..2].to_vec();
        file.extend([0xff, 0xe1]);
        file.extend(length);
        file.append(&mut exif);
        file.extend(&plain[2..]);
        let picture = rewritten(&file).unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(picture.size, [32, 64]);
        assert!(
            picture
                .files
                .iter()
                .all(|(_, file)| !file.windows(3).any(|part| part == b"Abc" || part == b"Exi"))
        );
    }

    /// MALL-7: what is no picture, is cut, is too small, or would need too much memory is refused before it does harm.
    #[test]
    fn what_is_no_picture_of_a_sensible_size_is_refused() {
        assert_eq!(code_of(b"<svg onload=\"alert(1)\"/>"), "picture_unreadable");
        assert_eq!(code_of(b""), "picture_unreadable");
        assert_eq!(code_of(b"GIF89a\x01\0\x01\0\0\0\0;"), "picture_type");
        let whole = file_of(&drawn(200, 200), ImageFormat::Png);
        assert_eq!(code_of(&whole[..whole.len() / 2]), "picture_unreadable");
        assert_eq!(code_of(&file_of(&drawn(31, 200), ImageFormat::Png)), "picture_size");
        // A file of some hundred bytes that says it is 12,000 dots wide and high.
        let mut bomb = file_of(&drawn(64, 64), ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0x2e, 0xe0, 0, 0, 0x2e, 0xe0]);
        let sum = crc(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&sum);
        assert_eq!(code_of(&bomb), "picture_size");
    }

    fn crc(bytes: &[u8]) -> u32 {
        let step = |sum: u32, byte: &u8| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
        };
        !bytes.iter().fold(u32::MAX, step)
    }

    /// MALL-7: a store that speaks S3 keeps, gives and deletes them, by signed requests under the prefix.
    #[tokio::test]
    async fn a_store_that_speaks_s3_keeps_them() {
        use axum::body::Bytes;
        use axum::extract::State;
        use axum::http::{HeaderMap, Method, StatusCode, Uri};
        type Kept = Arc<std::sync::Mutex<std::collections::BTreeMap<String, Bytes>>>;
        async fn answer(
            State(kept): State<Kept>,
            method: Method,
            uri: Uri,
            headers: HeaderMap,
            body: Bytes,
        ) -> Response {
            let signed = headers.get("authorization").and_then(|signed| signed.to_str().ok());
            assert!(signed.is_some_and(|signed| signed.contains("Credential=id/")), "{headers:?}");
            let (mut kept, path) = (kept.lock().unwrap(), uri.path().to_owned());
            match method {
                Method::PUT => {
                    kept.insert(path, body);
                    ([("etag", "\"1\"")], "").into_response()
                }
                Method::DELETE => {
                    kept.remove(&path);
                    StatusCode::NO_CONTENT.into_response()
                }
                _ => match kept.get(&path) {
                    Some(file) => {
                        let headers = [("etag", "\"1\""), ("last-modified", "Tue, 01 Dec 2026 00:00:00 GMT")];
                        (headers, file.clone()).into_response()
                    }
                    None => StatusCode::NOT_FOUND.into_response(),
                },
            }
        }
        let kept = Kept::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&kept));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        let directory = tempfile::tempdir().unwrap();
        let keys = directory.path().join("keys");
        std::fs::write(&keys, "id\nsecret\n").unwrap();
        let settings = |keys: &Path| PictureSettings::S3 {
            bucket: "b".to_owned(),
            region: Some("r".to_owned()),
            endpoint: Some(endpoint.clone()),
            prefix: Some("shop".to_owned()),
            keys: Some(keys.to_owned()),
        };
        let store = Pictures::open(Some(&settings(&keys)), directory.path()).unwrap();
        let file = file_of(&drawn(400, 300), ImageFormat::Png);
        let picture = store.rewrite(file.into()).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        let (id, small) = (picture.id.clone(), picture.files[0].1.clone());
        store.keep(picture).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        let names: Vec<String> = kept.lock().unwrap().keys().cloned().collect();
        assert_eq!(names, ["1280", "320", "750"].map(|width| format!("/b/shop/{id}/{width}.jpg")));
        assert_eq!(store.read(&id, 320).await.unwrap_or_else(|problem| panic!("{problem:?}")), small);
        store.delete(&id).await.unwrap();
        assert_eq!(store.read(&id, 320).await.unwrap_err().code(), "not_found");

        std::fs::write(&keys, "one line").unwrap();
        for keys in [keys.as_path(), &directory.path().join("none")] {
            let refused = Pictures::open(Some(&settings(keys)), directory.path()).unwrap_err();
            assert_eq!(refused.code, "serve.pictures");
        }
        serving.abort();
    }

    /// MALL-7: clear dots are white, not black.
    #[test]
    fn what_is_clear_is_white() {
        let clear = DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(64, 64, image::Rgba([0, 0, 0, 0])));
        let picture =
            rewritten(&file_of(&clear, ImageFormat::Png)).unwrap_or_else(|problem| panic!("{problem:?}"));
        let read = image::load_from_memory(&picture.files[0].1).unwrap().into_rgb8();
        assert_eq!(read.get_pixel(10, 10).0, [255, 255, 255]);
    }

    #[test]
    fn paths_name_pictures_and_nothing_else() {
        let id = "a".repeat(64);
        assert_eq!(id_of(&path_of(&id, 750)), Some(id.as_str()));
        for path in [
            format!("/pictures/{id}/751.jpg"),
            format!("/pictures/{id}/0750.jpg"),
            "/pictures/x/750.jpg".to_owned(),
            format!("/pictures/{id}"),
        ] {
            assert_eq!(id_of(&path), None, "{path}");
        }
        assert!(is_path("/pictures/x") && !is_path("/picturesque"));
    }
}
