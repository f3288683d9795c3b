import DequeModule

/// Which offsets of one partition are done, and up to where that is without a gap.
///
/// Offsets are received in ascending order, with gaps where the log has them, and completed in any
/// order. It remembers no more records that are done than ones that are not, however many are done
/// while the lowest takes its time. A pure value: no clock, no I/O.
struct OffsetTracker {
    private struct Record {
        let offset: Int64
        var isDone = false
        /// How many done records right behind this one are no longer remembered by themselves.
        var folded = 0
    }

    /// The first one is never done.
    private var records: Deque<Record> = []
    private var done = 0
    private var highestReceived: Int64 = -1
    private var committed: Int64 = -1

    /// How many received records are not yet behind the watermark.
    private(set) var outstanding = 0
    /// How many of those are in memory.
    var remembered: Int { records.count }

    /// The next offset to read after a restart; `nil` when nothing has been received.
    ///
    /// It is the lowest received one that is not done, or else the one after the last received.
    var watermark: Int64? {
        records.first?.offset ?? (highestReceived >= 0 ? highestReceived + 1 : nil)
    }

    /// Notes a record; one that was received before is no news, and false comes back.
    mutating func receive(_ offset: Int64) -> Bool {
        guard offset > highestReceived else { return false }
        highestReceived = offset
        outstanding += 1
        records.append(Record(offset: offset))
        return true
    }

    /// Notes that a record is done; one that is unknown or done already changes nothing.
    mutating func complete(_ offset: Int64) {
        guard let index = index(of: offset), !records[index].isDone else { return }
        records[index].isDone = true
        done += 1
        while let first = records.first, first.isDone {
            records.removeFirst()
            done -= 1
            outstanding -= 1 + first.folded
        }
        if done > records.count / 2 { fold() }
    }

    /// The watermark, if it has moved since the last call.
    mutating func takeCommit() -> Int64? {
        guard let watermark, watermark > committed else { return nil }
        committed = watermark
        return watermark
    }

    /// Takes a commit back that did not succeed, so that it is taken again.
    mutating func commitFailed() {
        committed = -1
    }

    private mutating func fold() {
        var kept: Deque<Record> = []
        kept.reserveCapacity(records.count - done)
        for record in records {
            if record.isDone, let last = kept.indices.last {
                kept[last].folded += 1 + record.folded
            } else {
                kept.append(record)
            }
        }
        records = kept
        done = 0
    }

    private func index(of offset: Int64) -> Int? {
        var low = records.startIndex
        var high = records.endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if records[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        guard low < records.endIndex, records[low].offset == offset else { return nil }
        return low
    }
}
