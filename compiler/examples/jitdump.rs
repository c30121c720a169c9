//! scratch
use portent_compiler::{jit, diag::Diagnostics};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let source = std::fs::read_to_string(&args[1]).unwrap();
    let rules = portent_compiler::compile(&source, &mut Diagnostics::default()).unwrap();
    match args[2].as_str() {
        "lir" => println!("{}", rules.lir),
        "clif" => println!("{}", jit::clif(&rules.lir).unwrap()),
        "asm" => println!("{}", jit::disassembly(&rules.lir, &jit::JitOptions::default()).unwrap()),
        "kernel" => kernel(&rules, args.get(3).and_then(|a| a.parse().ok()).unwrap_or(1000)),
        "bench" => bench(&rules, args.get(3).and_then(|a| a.parse().ok()).unwrap_or(1000)),
        _ => {
            for opt in [jit::Opt::None, jit::Opt::Speed] {
                let (mut best, mut first) = (f64::MAX, 0.0);
                for i in 0..40 {
                    let t = std::time::Instant::now();
                    let _plan = jit::compile(&rules.lir, &jit::JitOptions { opt }).unwrap();
                    let e = t.elapsed().as_secs_f64() * 1e3;
                    if i == 0 { first = e; }
                    best = best.min(e);
                    if e > 200.0 && i > 3 { break; }
                }
                println!("{opt:?} first {first:.2} ms, best {best:.3} ms for {} rules", rules.lir.rules.len());
            }
        }
    }
}

fn bench(rules: &portent_compiler::Rules, keys: u64) {
    use portent_rt::{Batch, Column, Instance, Matches};
    let n = 1 << 20;
    let mut x = 88172645463325252u64;
    let mut rnd = || { x ^= x << 13; x ^= x >> 7; x ^= x << 17; x };
    let card: Vec<i64> = (0..n).map(|_| (rnd() % keys) as i64).collect();
    let amount: Vec<f64> = (0..n).map(|_| (rnd() % 5_200) as f64 / 10.0).collect();
    let at: Vec<i64> = (0..n as i64).map(|i| i * 1_000_000).collect();
    for opt in [jit::Opt::None, jit::Opt::Speed] {
        let plan = std::sync::Arc::new(jit::compile(&rules.lir, &jit::JitOptions { opt }).unwrap());
        let mut best = f64::MAX;
        let mut count = 0;
        for _ in 0..40 {
            let mut instance = Instance::new(plan.clone(), Default::default());
            let mut matches = Matches::new(&plan.outputs);
            let batch = Batch { columns: vec![
                Column::from_i64(portent_rt::Type::I64, card.clone()), Column::from_f64(amount.clone()),
                Column::new(portent_rt::Type::Str, false), Column::new(portent_rt::Type::Bool, false),
                Column::from_i64(portent_rt::Type::Timestamp, at.clone())], len: n };
            let t = std::time::Instant::now();
            instance.on_batch(Default::default(), 0, &batch, &mut matches).unwrap();
            instance.finish(&mut matches).unwrap();
            best = best.min(t.elapsed().as_secs_f64());
            count = matches.len();
        }
        println!("{opt:?}: {:.1} M events/s, {count} matches", n as f64 / best / 1e6);
    }
}

fn kernel(rules: &portent_compiler::Rules, keys: u64) {
    use portent_rt::state::*;
    use portent_rt::bytes::ByteArena;
    let n = 1 << 16;
    let mut x = 88172645463325252u64;
    let mut rnd = || { x ^= x << 13; x ^= x >> 7; x ^= x << 17; x };
    let card: Vec<i64> = (0..n).map(|_| (rnd() % keys) as i64).collect();
    let amount: Vec<f64> = (0..n).map(|_| (rnd() % 5_200) as f64 / 10.0).collect();
    let at: Vec<i64> = (0..n as i64).map(|i| i * 1_000_000).collect();
    let seqs: Vec<i64> = (0..n as i64).collect();
    let null = || ColumnRef { values: std::ptr::null(), validity: std::ptr::null() };
    let col = |v: *const u8| ColumnRef { values: v, validity: std::ptr::null() };
    let columns = [col(card.as_ptr().cast()), col(amount.as_ptr().cast()), null(), null(), col(at.as_ptr().cast())];
    for opt in [jit::Opt::None, jit::Opt::Speed] {
        let plan = jit::compile(&rules.lir, &jit::JitOptions { opt }).unwrap();
        let batches = [BatchRef { columns: columns.as_ptr(), times: at.as_ptr(), seqs: seqs.as_ptr(), len: n as u64 }];
        let mut bits: Vec<Vec<u64>> = plan.guards.iter().map(|_| vec![0; n / 64]).collect();
        let pointers: Vec<*mut u64> = bits.iter_mut().map(|b| b.as_mut_ptr()).collect();
        let mut scratch = ByteArena::new();
        let mut faults = 0u64;
        let mut times = vec![0i64; n];
        let mut valid = vec![0u64; n / 64];
        let rule = &plan.rules[0];
        let entries: Vec<Entry> = (0..n).map(|i| Entry { row: i as u32, slot: card[i] as u32 }).collect();
        let mut best = [f64::MAX; 3];
        let mut count = 0;
        for _ in 0..200 {
            let mut state = RuleState::new(rule.run_bytes, rule.slot_bytes, rule.match_bytes, rule.runs_max, rule.list_max);
            for _ in 0..keys { let s = state.slots.take().unwrap(); state.slots.set_word(s, 0, NONE); state.slots.set_word(s, 1, NONE); state.slots.set_word(s, 3, 1); }
            let mut ctx = Context { batches: batches.as_ptr(), guards: pointers.as_ptr(), scratch: &mut scratch, state: &mut state, entries: entries.as_ptr(), inputs: std::ptr::null(), len: n as u64, first: 0, now: 0, times: times.as_mut_ptr(), times_valid: valid.as_mut_ptr(), faults: &mut faults };
            let t = std::time::Instant::now();
            unsafe { (plan.inputs[0].time.unwrap())(&mut ctx) };
            best[0] = best[0].min(t.elapsed().as_secs_f64());
            let t = std::time::Instant::now();
            unsafe { (plan.guards[0].kernel)(&mut ctx) };
            best[1] = best[1].min(t.elapsed().as_secs_f64());
            unsafe { (plan.guards[1].kernel)(&mut ctx) };
            let t = std::time::Instant::now();
            unsafe { (rule.step)(&mut ctx) };
            best[2] = best[2].min(t.elapsed().as_secs_f64());
            count = state.matches.len;
        }
        println!("{opt:?}: ns/row time {:.2} guard {:.2} step {:.2}, {count} matches", best[0] / n as f64 * 1e9, best[1] / n as f64 * 1e9, best[2] / n as f64 * 1e9);
    }
}
