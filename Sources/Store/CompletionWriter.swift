import Domain
import FoundationEssentials
import Postgres

/// Writes one batch of completions inside one transaction.
struct CompletionWriter {
    let completions: [Completion]
    let now: Date
    let cipher: TokenCipher
    var results: [CompletionResult?]
    var records: [[EventRecord]]
    var progress: [ImportProgress?]

    init(completions: [Completion], now: Date, cipher: TokenCipher) {
        self.completions = completions
        self.now = now
        self.cipher = cipher
        results = Array(repeating: nil, count: completions.count)
        records = Array(repeating: [], count: completions.count)
        progress = Array(repeating: nil, count: completions.count)
    }

    mutating func run(in transaction: PostgresTransaction) async throws -> [CompletionResult] {
        try await hold(in: transaction)
        try await end(in: transaction)
        try await park(in: transaction)
        try await applySyncs(in: transaction)
        for index in live {
            try await apply(index, in: transaction)
        }
        try await countCompanySyncs(in: transaction)
        return try await insertOutbox(in: transaction)
    }

    /// The completions that nothing speaks against so far.
    var live: [Int] { completions.indices.filter { results[$0] == nil } }

    var steps: [(index: Int, step: SyncStep)] {
        live.compactMap { index in
            guard case .sync(let step) = completions[index].work else { return nil }
            return (index, step)
        }
    }

    /// Makes sure of the leases, and of the connections that syncs rely on, until the end.
    private mutating func hold(in transaction: PostgresTransaction) async throws {
        let leases = Array(Set(completions.map(\.claim.lease)))
        let steps = steps
        let pages = steps.compactMap { index, step -> (Int, SyncStep, TaskCursor)? in
            guard case .page(let next) = step.end else { return nil }
            return (index, step, next)
        }
        let relying = steps.compactMap { index, step in
            step.connectionVersion.map { (index: index, owner: step.owner, version: $0) }
        }
        let held = try await transaction.queries([
            LeaseTable.hold(leases),
            ConnectionTable.hold(relying.map { ($0.owner, $0.version) }),
            CheckpointTable.reached(
                pages.map { ($0.1.owner, completions[$0.0].claim.identity, $0.2) }
            ),
        ])
        let leasesHeld = Set(try held[0].map(LeaseTable.lease))
        for index in completions.indices where !leasesHeld.contains(completions[index].claim.lease)
        {
            results[index] = .leaseLost
        }
        let connected = Set(try held[1].map { Int(try $0.decode("ordinal", as: Int64.self)) - 1 })
        for (ordinal, step) in relying.enumerated()
        where results[step.index] == nil && !connected.contains(ordinal) {
            results[step.index] = .conflict
        }
        for row in held[2] {
            let page = pages[Int(try row.decode("ordinal", as: Int64.self)) - 1]
            results[page.0] = results[page.0] ?? .conflict
        }
    }

    /// Marks the requests done; what was not this worker's to end writes nothing.
    private mutating func end(in transaction: PostgresTransaction) async throws {
        let final = live.filter { completions[$0].isFinal }
        guard !final.isEmpty else { return }
        let ended = Set(
            try await transaction.query(
                InboxTable.finish(
                    final.map { (completions[$0].claim, completions[$0].deadLetter != nil) }
                )
            ).map(InboxTable.identity)
        )
        for index in final where !ended.contains(completions[index].claim.identity) {
            results[index] = .alreadyDone
        }
    }

    /// Puts requests into the database that wait there from now on.
    private mutating func park(in transaction: PostgresTransaction) async throws {
        let parked = live.compactMap { index -> (index: Int, all: [Parking])? in
            guard case .parked(let first, let behind) = completions[index].work else { return nil }
            return (index, [first] + behind)
        }
        guard !parked.isEmpty else { return }
        let results = try await transaction.queries([
            try InboxTable.park(parked.flatMap(\.all), cipher: cipher),
            InboxTable.postpone(parked.map { $0.all[0] }),
        ])
        let identities = Set(try results[0].map(InboxTable.identity))
        let missed = parked.map(\.index).filter {
            !identities.contains(completions[$0].claim.identity)
        }
        guard !missed.isEmpty else { return }
        // An earlier try may have parked it without anybody hearing; else it must be parked yet.
        let claimed = Set(
            try await transaction.query(
                InboxTable.stillClaimed(missed.map { completions[$0].claim })
            ).map(InboxTable.identity)
        )
        for index in missed {
            let isClaimed = claimed.contains(completions[index].claim.identity)
            self.results[index] = isClaimed ? .conflict : .alreadyDone
        }
    }

    func encoder(_ index: Int, ordinal: Int = 0) -> EventEncoder {
        EventEncoder(cause: completions[index].cause, time: now, ordinal: ordinal)
    }

    private mutating func insertOutbox(
        in transaction: PostgresTransaction
    ) async throws -> [CompletionResult] {
        for index in live {
            if let deadLetter = completions[index].deadLetter { records[index].append(deadLetter) }
        }
        let telling = live.filter { !records[$0].isEmpty }
        for index in live { results[index] = .written(nil, progress: progress[index]) }
        if !telling.isEmpty {
            let rows = telling.map { index in
                (
                    companyID: completions[index].claim.identity.companyID,
                    partition: completions[index].claim.lease.partition,
                    records: OutboxCodec.encode(records[index])
                )
            }
            let ids = try await transaction.query(OutboxTable.insert(rows))
            for (index, row) in zip(telling, ids) {
                let reference = OutboxReference(
                    partition: completions[index].claim.lease.partition,
                    companyID: completions[index].claim.identity.companyID,
                    id: try row.decode("id", as: Int64.self)
                )
                results[index] = .written(
                    OutboxEntry(
                        reference: reference,
                        records: records[index]
                    ),
                    progress: progress[index]
                )
            }
        }
        return results.compactMap(\.self)
    }
}
