//! From events to lanes and what each lane does when: what all three drawings draw.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::{Activity, Recording};

/// A stretch in which one lane does one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The index of its lane.
    pub(crate) lane: usize,
    /// What the lane does; never `Nothing`.
    pub(crate) activity: Activity,
    /// The index of the event that begins it.
    pub(crate) first: usize,
    /// The index of the event that ends it; the number of events if it lasts to the end.
    /// The same as `first` for a moment: an idle lane told something and stayed idle.
    pub(crate) end: usize,
    /// When it begins.
    pub(crate) from: Duration,
    /// When it ends.
    pub(crate) to: Duration,
}

/// A lane: a request on a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    pub(crate) request: Arc<str>,
    pub(crate) thread: Arc<str>,
}

/// A recording, taken apart for drawing.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) lanes: Vec<Lane>,
    /// The lane of each event.
    pub(crate) lane_of: Vec<usize>,
    /// Ordered by `first`.
    pub(crate) spans: Vec<Span>,
    /// When each event happened.
    pub(crate) times: Vec<Duration>,
    /// When the story ended: never before its last event.
    pub(crate) length: Duration,
}

impl Plan {
    pub(crate) fn of(recording: &Recording) -> Self {
        let events = &recording.events;
        let lanes: Vec<Lane> = recording
            .lanes()
            .into_iter()
            .map(|(request, thread)| Lane { request, thread })
            .collect();
        let index: HashMap<(&str, &str), usize> = lanes
            .iter()
            .enumerate()
            .map(|(i, lane)| ((&*lane.request, &*lane.thread), i))
            .collect();
        let lane_of: Vec<usize> = events
            .iter()
            .map(|e| index[&(&*e.request, &*e.thread)])
            .collect();
        let times: Vec<Duration> = events.iter().map(|e| e.at).collect();
        let last = times.last().copied().unwrap_or_default();
        let length = recording.length.max(last);

        let mut plan = Self {
            lanes,
            lane_of,
            spans: Vec::new(),
            times,
            length,
        };
        plan.find_spans(recording);
        plan
    }

    fn find_spans(&mut self, recording: &Recording) {
        let mut now = vec![(Activity::Nothing, 0); self.lanes.len()];
        for (i, event) in recording.events.iter().enumerate() {
            let own = self.lane_of[i];
            if event.resumes() {
                for (lane, state) in now.iter_mut().enumerate() {
                    let same = self.lanes[lane].request == event.request;
                    // It goes on here: there it was suspended, or its I/O had ended.
                    let elsewhere = matches!(state.0, Activity::Suspended | Activity::Runs);
                    if lane != own && same && elsewhere {
                        self.push(lane, *state, i);
                        *state = (Activity::Nothing, i);
                    }
                }
            }
            let next = match event.activity() {
                // It has asked for its I/O, and goes on until it is suspended.
                Activity::Blocks if self.is_suspended_next(recording, i) => Activity::Runs,
                next => next,
            };
            if now[own].0 <= Activity::Suspended && next <= Activity::Suspended {
                // Whoever tells something runs, be it only for this moment.
                self.push(own, (Activity::Runs, i), i);
            }
            if next != now[own].0 {
                self.push(own, now[own], i);
                now[own] = (next, i);
            }
        }
        for (lane, state) in now.into_iter().enumerate() {
            self.push(lane, state, recording.events.len());
        }
        self.spans.sort_by_key(|span| span.first);
    }

    /// Whether the next event of the lane of this event suspends it.
    fn is_suspended_next(&self, recording: &Recording, event: usize) -> bool {
        let later = event + 1..self.lane_of.len();
        let next = later
            .into_iter()
            .find(|&e| self.lane_of[e] == self.lane_of[event]);
        next.is_some_and(|next| recording.events[next].activity() == Activity::Suspended)
    }

    fn push(&mut self, lane: usize, (activity, first): (Activity, usize), end: usize) {
        if activity != Activity::Nothing {
            let from = self.times[first];
            let to = self.times.get(end).copied().unwrap_or(self.length);
            self.spans.push(Span {
                lane,
                activity,
                first,
                end,
                from,
                to: to.max(from),
            });
        }
    }
}
