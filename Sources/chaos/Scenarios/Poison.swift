import Kafka

extension Scenario {
    static let poison = Scenario(
        name: "poison",
        summary: "one record in a hundred is no request"
    ) { stage in
        let count = stage.effort.choose(short: 1_000, usual: 10_000, long: 10_000)
        try await stage.withWorld { world in
            try await world.withFleet(2) { _ in
                var random = stage.random(for: "records")
                var poisonous: [Poison] = []
                for start in stride(from: 0, to: count, by: 500) {
                    stage.say("\(start) of \(count) records sent")
                    poisonous += try await world.sendMixture(start..<start + 500, &random)
                }
                stage.trial.did("\(poisonous.count) of \(count) records are no requests")
                try await Audit(world: world, expectsFailures: true).run()
                stage.trial.check(poisonous, against: world.ledger.deadLetters)
            }
        }
    }
}

extension World {
    /// Sends requests of many companies with one poisonous record in a hundred; those.
    fileprivate func sendMixture(_ numbers: Range<Int>, _ random: inout SplitMix) async throws
        -> [Poison]
    {
        var records: [ProducerRecord] = []
        var poisons: [(index: Int, poison: ProducerRecord)] = []
        var requests: [Request] = []
        for number in numbers {
            if number % 100 == 57 {
                let record = Poison.record(number, &random)
                poisons.append((records.count, record))
                records.append(record)
            } else {
                let request = Request.mixture(number)
                requests.append(request)
                records.append(request.record)
            }
        }
        ledger.note(requests)
        let reports = try await witness.send(records)
        return poisons.map { Poison(record: $0.poison, report: reports[$0.index]) }
    }
}

extension Request {
    /// Enables by companies, and syncs of people who are not connected, which fail at once.
    fileprivate static func mixture(_ number: Int) -> Request {
        let company = number % 97
        return number.isMultiple(of: 2)
            ? .enable("company-\(company)", number: number + 1)
            : .sync("company-\(company)", "person-\(number % 5)", number: number + 1)
    }
}

/// A record that is no request, and where it went.
private struct Poison {
    let record: ProducerRecord
    let report: DeliveryReport

    /// Where a dead letter says it comes from.
    var place: String { "\(report.topicPartition)/\(report.offset?.rawValue ?? -1)" }

    static func record(_ number: Int, _ random: inout SplitMix) -> ProducerRecord {
        let good = Request.mixture(number)
        var record = good.record
        let noise = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        switch (number / 100) % 10 {
        case 0: record.value = Array("turn it on, please \(number)".utf8)
        case 1: record.value = [0xFF, 0xFE] + noise
        case 2: record.value = nil
        case 3: record.value = []
        case 4: record.value = Array("{\"companyId\":\"company-\(number)\"}".utf8)
        case 5: record.value = Array("[\(good.data)]".utf8)
        case 6: record.headers[3] = RecordHeader(name: "ce_type", text: "integration.explode.v1")
        case 7:
            let padding = String(repeating: "x", count: 256 * 1024)
            record.value =
                Array("{\"padding\":\"\(padding)\",".utf8) + (record.value ?? []).dropFirst()
        case 8: record.headers.remove(at: 1)
        default:
            record.topic =
                record.topic == Topics.syncRequest
                ? Topics.integrationRequest : Topics.syncRequest
        }
        // Headers of every kind come through as they are: twice the same name, null, other bytes.
        record.headers += [
            RecordHeader(name: "note", value: nil), RecordHeader(name: "note", value: noise),
        ]
        if number % 300 == 57 { record.key = nil }
        return record
    }
}

extension Trial {
    /// Each poisonous record is a dead letter exactly once, byte for byte, and nothing else is.
    fileprivate func check(_ poisonous: [Poison], against deadLetters: [ConsumerRecord]) {
        var found: [String: [ConsumerRecord]] = [:]
        for letter in deadLetters {
            let place = ["dlq.topic", "dlq.partition", "dlq.offset"].map {
                letter.text(of: $0) ?? ""
            }
            found[place.joined(separator: "/"), default: []].append(letter)
        }
        let places = Set(poisonous.map(\.place))
        expectNone(places.filter { found[$0] == nil }, "poisonous records that are no dead letters")
        expectNone(found.filter { $0.value.count > 1 }.map(\.key), "dead letters twice")
        expectNone(found.keys.filter { !places.contains($0) }, "dead letters that should be none")
        let altered = poisonous.filter { poison in
            found[poison.place]?.contains { !poison.record.isOriginal(of: $0) } ?? false
        }
        expectNone(altered.map(\.place), "dead letters that are not as they were")
        note("\(found.count) dead letters, each once, byte for byte")
    }
}

extension ProducerRecord {
    fileprivate func isOriginal(of letter: ConsumerRecord) -> Bool {
        letter.topicPartition.topic == "\(topic).dlq" && letter.key == key && letter.value == value
            && letter.headers.filter { !$0.name.hasPrefix("dlq.") } == headers
    }
}
