internal import CRdKafka
internal import Logging

extension ConsumerThread {
    /// Takes one record into the batch.
    func read(_ event: borrowing ClientEvent) {
        // Asking for the message is what moves the library's position, from which a resumed
        // partition goes on: do it for every event, at once.
        guard let message = unsafe rd_kafka_event_message_next(event.raw) else { return }
        let code = unsafe message.pointee.err
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            flush()
            buffer.append(.failed(KafkaError(KafkaError.Code(code), operation: "fetch")))
            return
        }
        let partition = unsafe reader.topicPartition(of: message)
        guard let position = positions[partition] else { return }
        let record = unsafe reader.record(of: message)
        // The library pauses partitions itself when a rebalance begins. If that falls between
        // taking a record and moving the position, the record comes once more.
        guard record.offset != position.last || record.timestamp != position.timestamp else {
            return
        }
        positions[partition] = Position(last: record.offset, timestamp: record.timestamp)
        batch.append(record)
        guard batch.count >= room else { return }
        flush()
        updatePauses()
    }

    /// Hands the batch over.
    func flush() {
        if !batch.isEmpty {
            buffer.append(.records(batch))
            batch.removeAll(keepingCapacity: true)
        }
        room = buffer.room
    }

    /// Pauses and resumes what the buffer and the caller want.
    func updatePauses() {
        var isClosing = true
        if case .running = phase { isClosing = false }
        plan.pausesAll = isClosing || buffer.isSaturated
        let changes = plan.takeChanges()
        unsafe apply(changes.pause, "rd_kafka_pause_partitions") { list in
            unsafe rd_kafka_pause_partitions(handle.raw, list)
        }
        unsafe apply(changes.resume, "rd_kafka_resume_partitions") { list in
            unsafe rd_kafka_resume_partitions(handle.raw, list)
        }
    }

    private func apply(
        _ partitions: Set<TopicPartition>,
        _ operation: String,
        _ call: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> rd_kafka_resp_err_t
    ) {
        guard !partitions.isEmpty else { return }
        let list = PartitionList(partitions)
        do throws(KafkaError) {
            try check(unsafe call(list.raw), operation)
        } catch {
            buffer.append(.failed(error))
        }
    }

    /// Renews the figures that other threads read.
    func updateStatistics(_ json: String) {
        do {
            let document = try StatisticsDocument(json: json)
            statistics.update { statistics in
                statistics.partitions = [:]
                for partition in plan.owned {
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
