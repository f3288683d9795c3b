internal import CRdKafka

extension ConsumerThread {
    /// Sends a commit; its result comes as an event that carries the number.
    func commit(_ offsets: [TopicPartition: Offset], _ result: OneShot<KafkaError?>) {
        let list = PartitionList(offsets)
        let number = nextCommit
        nextCommit += 1
        do throws(KafkaError) {
            try check(
                unsafe rd_kafka_commit_queue(
                    handle.raw,
                    list.raw,
                    queue,
                    nil,
                    UnsafeMutableRawPointer(bitPattern: number)
                ),
                "rd_kafka_commit_queue"
            )
            commits[number] = result
        } catch {
            result.fulfil(error)
        }
    }

    func finishCommit(_ event: borrowing ClientEvent) {
        let number = unsafe Int(bitPattern: rd_kafka_event_opaque(event.raw))
        guard let result = commits.removeValue(forKey: number) else { return }
        var code = event.errorCode
        if code == RD_KAFKA_RESP_ERR_NO_ERROR {
            code = unsafe PartitionList.firstError(of: event.partitionList) ?? code
        }
        result.fulfil(
            code == RD_KAFKA_RESP_ERR_NO_ERROR
                ? nil : KafkaError(KafkaError.Code(code), operation: "rd_kafka_commit_queue")
        )
    }
}
