//! Chains of snapshots against what was written, and bytes that are not those of a snapshot.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

/// A state: regions of two workers, by name.
type State = Vec<(String, Vec<u8>)>;

fn state() -> impl Strategy<Value = State> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        (0..4 * BLOCK, any::<u8>()).prop_map(|(len, byte)| alloc::vec![byte; len]),
    ];
    prop::collection::btree_map(0..6_u8, bytes, 1..6)
        .prop_map(|regions| regions.into_iter().map(|(name, bytes)| (format!("0/{name}"), bytes)).collect())
}

/// A state, and others of which each has some bytes changed.
fn chain() -> impl Strategy<Value = Vec<State>> {
    let step = prop_oneof![
        3 => prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 0..5).prop_map(Err),
        1 => state().prop_map(Ok),
    ];
    (state(), prop::collection::vec(step, 0..6)).prop_map(|(first, steps)| {
        let mut states = alloc::vec![first];
        for step in steps {
            let mut next = states[states.len() - 1].clone();
            match step {
                Ok(other) => next = other,
                Err(changes) => {
                    for (region, at, byte) in changes {
                        let bytes = &mut region.get_mut(&mut next[..]).1;
                        if !bytes.is_empty() {
                            let at = at.index(bytes.len());
                            bytes[at] = byte;
                        }
                    }
                }
            }
            states.push(next);
        }
        states
    })
}

fn take(tracker: &mut Tracker, state: &State) -> Snapshot {
    let taken = tracker.take(|sink| {
        state.iter().for_each(|(name, bytes)| sink.region(name, bytes));
        Ok::<_, ()>(())
    });
    taken.expect("nothing fails")
}

fn of(image: &Image) -> State {
    image.regions().map(|(name, bytes)| (name.into(), bytes.to_vec())).collect()
}

proptest! {
    #[test]
    fn a_chain_gives_each_state_again(states in chain()) {
        let (mut tracker, mut image) = (Tracker::new(), Image::default());
        for (number, state) in states.iter().enumerate() {
            let taken = take(&mut tracker, state);
            prop_assert_eq!(taken.is_incremental(), number > 0);
            let whole = take(&mut Tracker::new(), state);
            prop_assert_eq!(taken.identity(), whole.identity());
            prop_assert!(taken.held_bytes() <= whole.held_bytes());
            let read = Snapshot::from_bytes(&taken.to_bytes()).expect("its own bytes");
            prop_assert_eq!(&read, &taken);
            image.apply(read).expect("the one that follows");
            prop_assert_eq!(&of(&image), state);
        }
    }

    #[test]
    fn what_workers_took_is_one_state(a in state(), b in state(), c in state()) {
        let second = |state: &State| -> State {
            state.iter().map(|(name, bytes)| (name.replace("0/", "1/"), bytes.clone())).collect()
        };
        let (mut one, mut two, mut none) = (Tracker::new(), Tracker::new(), Tracker::new());
        let mut image = Image::default();
        for (first, second) in [(&a, second(&b)), (&c, second(&a))] {
            let parts = alloc::vec![take(&mut one, first), take(&mut two, &second), take(&mut none, &Vec::new())];
            let joined = Snapshot::join(parts).expect("all are whole, or none");
            image.apply(joined).expect("the one that follows");
            prop_assert_eq!(of(&image), [first.clone(), second].concat());
        }
        prop_assert!(image.workers().eq(["0", "1"]));
    }

    #[test]
    fn damaged_bytes_are_refused(state in state(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let bytes = take(&mut Tracker::new(), &state).to_bytes();
        prop_assert!(Snapshot::from_bytes(&bytes[..at.index(bytes.len())]).is_err());
        let mut flipped = bytes.clone();
        flipped[at.index(bytes.len())] ^= 1_u8 << bit;
        prop_assert!(Snapshot::from_bytes(&flipped).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut from = codec::Reader::new(&bytes);
        let _ = from.read::<(Option<String>, Vec<i64>, bool)>();
        let _ = Snapshot::from_bytes(&bytes);
    }
}

#[test]
fn one_that_does_not_follow_is_refused() {
    let state = |byte: u8| -> State { alloc::vec![("0/x".into(), alloc::vec![byte; 10])] };
    let mut tracker = Tracker::new();
    let snapshots: Vec<Snapshot> = (0..3).map(|byte| take(&mut tracker, &state(byte))).collect();
    let [whole, first, second] = &snapshots[..] else { unreachable!("three") };
    assert_eq!(Image::new(first.clone()).unwrap_err(), ApplyError::NoBase);
    let mut image = Image::new(whole.clone()).unwrap();
    assert_eq!(image.apply(second.clone()), Err(ApplyError::OtherBase));
    let forged = Snapshot { identity: whole.identity(), ..first.clone() };
    assert_eq!(image.clone().apply(forged), Err(ApplyError::Damaged));
    image.apply(first.clone()).unwrap();
    image.apply(second.clone()).unwrap();
    assert_eq!(of(&image), state(2));
}

#[test]
fn what_bytes_are_is_said() {
    let bytes = take(&mut Tracker::new(), &alloc::vec![("0/x".into(), alloc::vec![1])]).to_bytes();
    assert_eq!(Snapshot::from_bytes(b"GIF89a"), Err(FileError::Foreign));
    assert_eq!(Snapshot::from_bytes(&bytes[..5]), Err(FileError::Damaged));
    let mut other = bytes.clone();
    other[8] = 9;
    assert_eq!(Snapshot::from_bytes(&other), Err(FileError::Version(9)));
    let mut swapped = bytes;
    swapped[12..16].reverse();
    assert_eq!(Snapshot::from_bytes(&swapped), Err(FileError::ByteOrder));
}
