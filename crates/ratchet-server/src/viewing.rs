//! What counts as watched (VIEW-3 to VIEW-5): arithmetic on what a page reports and on the machine's clock, which the page has no say in.

use ratchet_store::Watching;

use crate::problem::ServerFault;

/// How often a page reports, in milliseconds.
pub(crate) const HEARTBEAT_MS: i64 = 2_000;
/// What is longer than this between two heartbeats nobody has vouched for: it counts as nothing.
pub(crate) const GAP_MAX_MS: i64 = 10_000;
/// How far a page's position may be ahead of what can have been watched: messages come sooner and later.
const AHEAD_MAX_MS: i64 = 1_000;
/// So many heartbeats beyond one a second: who pauses and plays says so at once.
const HEARTBEATS_BEYOND: i64 = 10;

/// What a page reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heartbeat {
    /// Where the film stands.
    pub(crate) position_ms: i64,
    /// Whether it plays and can be seen.
    pub(crate) playing: bool,
}

/// A viewing that begins now, at what was watched before.
pub(crate) fn begun(watched_ms: i64, now_us: i64) -> Watching {
    Watching { watched_ms, spare_ms: 0, heartbeats: 0, playing: true, started_at: now_us, heard_at: now_us }
}

/// What is watched of a film of this length after a heartbeat; refused if it cannot be true.
pub(crate) fn heard(
    before: &Watching,
    heartbeat: Heartbeat,
    length_ms: i64,
    now_us: i64,
) -> Result<Watching, ServerFault<'static>> {
    let since_ms = |then_us: i64| now_us.saturating_sub(then_us).max(0) / 1_000;
    let (gap_ms, life_s) = (since_ms(before.heard_at), since_ms(before.started_at) / 1_000);
    if before.heartbeats >= life_s.saturating_add(HEARTBEATS_BEYOND) {
        return Err(ServerFault::HeartbeatsTooMany { seconds: 1 });
    }
    let after = Watching {
        heartbeats: before.heartbeats + 1,
        playing: heartbeat.playing,
        heard_at: now_us,
        spare_ms: 0,
        ..*before
    };
    if gap_ms > GAP_MAX_MS {
        // The film goes on where it was when it was heard of last, wherever the page is by now.
        return Ok(after);
    }
    // Only what passed since the last report while the film played, and what it did not use before, can have been watched.
    let time_ms = if before.playing { gap_ms + before.spare_ms } else { 0 };
    let most_ms = before.watched_ms.saturating_add(time_ms);
    if heartbeat.position_ms > most_ms.saturating_add(AHEAD_MAX_MS) {
        let seconds = |ms: i64| ms.unsigned_abs() / 1_000;
        return Err(ServerFault::ViewingJumped {
            position: seconds(heartbeat.position_ms),
            watched: seconds(before.watched_ms),
            passed: seconds(gap_ms),
        });
    }
    let forward_ms = heartbeat.position_ms.min(length_ms).saturating_sub(before.watched_ms).max(0);
    let credited_ms = forward_ms.min(time_ms);
    Ok(Watching {
        watched_ms: before.watched_ms + credited_ms,
        spare_ms: (time_ms - credited_ms).min(AHEAD_MAX_MS),
        ..after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: i64 = 60_000;

    /// A viewing and the machine's time since it began.
    struct Page {
        watching: Watching,
        now_ms: i64,
    }

    impl Page {
        fn new() -> Page {
            Page { watching: begun(0, 0), now_ms: 0 }
        }

        /// After so long it says that it is there; what is watched then.
        fn says(&mut self, after_ms: i64, position_ms: i64, playing: bool) -> Result<i64, &'static str> {
            self.now_ms += after_ms;
            let heartbeat = Heartbeat { position_ms, playing };
            let heard = heard(&self.watching, heartbeat, LENGTH, self.now_ms * 1_000);
            self.watching = heard.map_err(|fault| crate::problem::Problem::new(fault).code())?;
            Ok(self.watching.watched_ms)
        }
    }

    #[test]
    fn view_3_a_film_takes_as_long_as_it_is() {
        let mut page = Page::new();
        for beat in 1..=30 {
            assert_eq!(page.says(2_000, beat * 2_000, true), Ok(beat * 2_000));
        }
        // Its last moment is its end, wherever the player says that it is.
        assert_eq!(page.says(2_000, 61_000, true), Ok(LENGTH));
    }

    #[test]
    fn view_3_messages_may_be_late_and_early() {
        let mut page = Page::new();
        for beat in 0..15 {
            page.says(2_600, beat * 4_000 + 2_000, true).expect("a late one");
            assert_eq!(page.says(1_400, beat * 4_000 + 4_000, true), Ok(beat * 4_000 + 4_000));
        }
        assert_eq!(page.watching.watched_ms, LENGTH);
    }

    #[test]
    fn view_3_pauses_and_gaps_count_nothing() {
        let mut page = Page::new();
        assert_eq!(page.says(2_000, 2_000, false), Ok(2_000));
        assert_eq!(page.says(8_000, 2_000, true), Ok(2_000), "it stood still");
        assert_eq!(page.says(2_000, 4_000, true), Ok(4_000));
        assert_eq!(page.says(30_000, 34_000, true), Ok(4_000), "nobody vouched for half a minute");
        assert_eq!(page.says(2_000, 36_000, true), Err("viewing_jumped"), "it has to go on from there");
        assert_eq!(page.says(2_000, 6_000, true), Ok(6_000));
        // Seen again, it is not counted again.
        assert_eq!(page.says(2_000, 2_000, true), Ok(6_000));
    }

    #[test]
    fn view_4_a_position_that_cannot_be_is_refused() {
        let mut page = Page::new();
        assert_eq!(page.says(2_000, 59_000, true), Err("viewing_jumped"));
        assert_eq!(page.says(0, 2_900, true), Ok(2_000), "of what is ahead only time that passed counts");
        // Always as far ahead as is let through, it is no sooner at the end.
        let mut page = Page::new();
        let mut beats = 0;
        while page.watching.watched_ms < LENGTH {
            let position = page.watching.watched_ms + 2_999;
            page.says(2_000, position, true).expect("within what is let through");
            beats += 1;
        }
        assert_eq!(beats, 30);
        let mut paused = Page::new();
        paused.says(2_000, 2_000, false).expect("a pause");
        assert_eq!(paused.says(5_000, 7_000, false), Err("viewing_jumped"));
    }

    #[test]
    fn view_5_no_more_than_one_a_second_in_the_long_run() {
        let mut page = Page::new();
        for _ in 0..HEARTBEATS_BEYOND {
            page.says(0, 0, true).expect("a few at once");
        }
        assert_eq!(page.says(0, 0, true), Err("heartbeats_too_many"));
        assert_eq!(page.says(999, 0, true), Err("heartbeats_too_many"));
        page.says(1, 0, true).expect("one more each second");
    }
}
