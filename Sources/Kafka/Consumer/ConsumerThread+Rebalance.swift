internal import CRdKafka
internal import Logging

/// A revocation that its owner has not completed yet.
struct PendingRevocation {
    var partitions: [TopicPartition]
    var deadline: ContinuousClock.Instant
    /// Whether the group asked for it and waits for the unassignment.
    var isAsked: Bool
}

extension ConsumerThread {
    func rebalance(_ event: borrowing ClientEvent) {
        statistics.update { $0.rebalanceCount += 1 }
        let partitions = unsafe PartitionList.partitions(of: event.partitionList)
        switch event.errorCode {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: assign(partitions, event)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: revoke(partitions)
        default:
            // The library wants an answer to whatever it asked; this one is always allowed.
            logger.info(
                "unknown rebalance",
                metadata: ["kafka.code": "\(event.errorCode.rawValue)"]
            )
            unassign(Array(owned))
        }
    }

    private func assign(_ partitions: [TopicPartition], _ event: borrowing ClientEvent) {
        for partition in partitions { records?.open(partition) }
        do throws(KafkaError) {
            if isCooperative {
                unsafe try check(
                    rd_kafka_incremental_assign(handle.raw, event.partitionList),
                    "rd_kafka_incremental_assign"
                )
            } else {
                try check(
                    unsafe rd_kafka_assign(handle.raw, event.partitionList),
                    "rd_kafka_assign"
                )
            }
        } catch {
            buffer.append(.failed(error))
            return
        }
        owned.formUnion(partitions)
        guard case .running = phase else { return }
        for partition in partitions { positions[partition] = Position() }
        logger.info("partitions assigned", metadata: ["kafka.partitions": "\(partitions)"])
        if !partitions.isEmpty || !isCooperative { buffer.append(.assigned(partitions)) }
    }

    private func revoke(_ partitions: [TopicPartition]) {
        switch phase {
        case .running:
            let isLost = unsafe rd_kafka_assignment_lost(handle.raw) != 0
            openRevocation(of: partitions, isLost: isLost, isAsked: true)
        case .draining:
            // The owner drains these already; the group hears of it when that is done.
            for id in revocations.keys { revocations[id]?.isAsked = true }
            if revocations.isEmpty { unassign(partitions) }
        case .leaving, .left:
            unassign(partitions)
        }
    }

    /// Tells the owner that partitions go, and stops handing over their records.
    func openRevocation(of partitions: [TopicPartition], isLost: Bool, isAsked: Bool) {
        guard !partitions.isEmpty else {
            if isAsked { unassign([]) }
            return
        }
        forget(partitions)
        buffer.dropRecords(of: Set(partitions))
        let id = nextRevocation
        nextRevocation += 1
        revocations[id] = PendingRevocation(
            partitions: partitions,
            deadline: .now + configuration.drainTimeout,
            isAsked: isAsked
        )
        logger.info(
            "partitions revoked",
            metadata: ["kafka.partitions": "\(partitions)", "kafka.lost": "\(isLost)"]
        )
        let mailbox = mailbox
        buffer.append(
            .revoking(
                Revocation(partitions: partitions, isLost: isLost) {
                    // Nobody reads the mailbox once the partitions are given up anyway.
                    _ = mailbox.send(.revocationCompleted(id))
                }
            )
        )
    }

    func completeRevocation(_ id: Int) {
        guard let revocation = revocations.removeValue(forKey: id) else { return }
        if revocation.isAsked {
            unassign(revocation.partitions)
        } else {
            owned.subtract(revocation.partitions)
        }
    }

    func giveUpLateRevocations() {
        guard !revocations.isEmpty else { return }
        let now = ContinuousClock.now
        for (id, revocation) in revocations where revocation.deadline <= now {
            logger.info(
                "revocation not completed in time",
                metadata: ["kafka.partitions": "\(revocation.partitions)"]
            )
            completeRevocation(id)
        }
    }

    /// Answers the group's revocation.
    private func unassign(_ partitions: [TopicPartition]) {
        owned.subtract(partitions)
        forget(partitions)
        do throws(KafkaError) {
            if isCooperative {
                let list = PartitionList(partitions)
                unsafe try check(
                    rd_kafka_incremental_unassign(handle.raw, list.raw),
                    "rd_kafka_incremental_unassign"
                )
            } else {
                try check(unsafe rd_kafka_assign(handle.raw, nil), "rd_kafka_assign")
            }
        } catch {
            buffer.append(.failed(error))
        }
    }

    /// Hands over nothing more of these partitions.
    private func forget(_ partitions: [TopicPartition]) {
        for partition in partitions {
            positions[partition] = nil
            records?.close(partition)
        }
    }

    private var isCooperative: Bool {
        guard let protocolName = unsafe rd_kafka_rebalance_protocol(handle.raw) else {
            return false
        }
        return unsafe String(cString: protocolName) == "COOPERATIVE"
    }
}
