import DequeModule

/// Which offsets of one partition are done, and up to where that is without a gap.
///
/// Offsets are received in ascending order, with gaps where the log has them, and completed in any
/// order. A pure value: no clock, no I/O.
struct OffsetTracker {
    private var records: Deque<(offset: Int64, isDone: Bool)> = []
    private var highestReceived: Int64 = -1
    private var committed: Int64 = -1

    /// How many received records are not yet behind the watermark.
    var outstanding: Int { records.count }

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
        records.append((offset, false))
        return true
    }

    /// Notes that a record is done; one that is unknown or done already changes nothing.
    mutating func complete(_ offset: Int64) {
        guard let index = index(of: offset) else { return }
        records[index].isDone = true
        while records.first?.isDone == true { records.removeFirst() }
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
