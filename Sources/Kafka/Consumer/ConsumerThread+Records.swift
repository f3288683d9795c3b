internal import CRdKafka
internal import Logging

extension ConsumerThread {
    /// Hands over a batch as far as there are records and room; `true` when more may be there.
    func readBatch() -> Bool {
        guard case .running = phase, !buffer.isSaturated else { return false }
        var batch: [ConsumerRecord] = []
        let room = buffer.room
        while batch.count < room {
            guard let event = records?.poll() else { break }
            if event.type == RD_KAFKA_EVENT_FETCH {
                if let record = record(of: event) { batch.append(record) }
            } else {
                handOver(batch)
                batch = []
                handle(event)
            }
        }
        handOver(batch)
        return batch.count == room
    }

    private func handOver(_ batch: [ConsumerRecord]) {
        if !batch.isEmpty { buffer.append(.records(batch)) }
    }

    /// The event's record, unless it is of a partition that goes, or a repeat.
    private func record(of event: borrowing ClientEvent) -> ConsumerRecord? {
        // Asking for the message is what moves the library's position, from which it goes on
        // after a rebalance: do it for every event, at once.
        guard let message = unsafe rd_kafka_event_message_next(event.raw),
            unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR
        else { return nil }
        let partition = unsafe reader.topicPartition(of: message)
        guard let position = positions[partition] else { return nil }
        let record = unsafe reader.record(of: message)
        // The library pauses partitions itself when a rebalance begins. If that falls between
        // taking a record and moving the position, the record comes once more.
        guard record.offset != position.last || record.timestamp != position.timestamp else {
            return nil
        }
        positions[partition] = Position(last: record.offset, timestamp: record.timestamp)
        return record
    }

    func setPaused(_ isPaused: Bool, _ partitions: [TopicPartition]) {
        for partition in partitions where positions[partition] != nil {
            records?.setPaused(isPaused, partition)
        }
    }

    /// Renews the figures that other threads read.
    func updateStatistics(_ json: String) {
        do {
            let document = try StatisticsDocument(json: json)
            statistics.update { statistics in
                statistics.isConnected = document.isConnected
                statistics.partitions = [:]
                for partition in owned {
                    statistics.partitions[partition] = document.partition(
                        partition,
                        position: positions[partition]?.last?.next
                    )
                }
            }
        } catch {
            logger.info("statistics not understood", metadata: ["error": "\(error)"])
        }
    }
}
