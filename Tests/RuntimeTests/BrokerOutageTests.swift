import Fixtures
import Kafka
import Runtime
import Sandbox
import Testing

/// The broker goes away, is slow, or answers with errors.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct BrokerOutageTests {
    @Test func requestsWaitWhileTheBrokerIsAway() async throws {
        try await withTraffic { traffic, _ in
            let broker = traffic.world.broker
            try await traffic.flow {
                try broker.setDown(broker: 1)
                try await outage(lasts: .seconds(3))
                try broker.setUp(broker: 1)
            }
        }
    }

    @Test func requestsPassWhileTheBrokerComesAndGoes() async throws {
        try await withTraffic { traffic, _ in
            let broker = traffic.world.broker
            try await traffic.flow {
                for _ in 0..<8 {
                    try broker.setDown(broker: 1)
                    try await outage(lasts: .milliseconds(300))
                    try broker.setUp(broker: 1)
                    try await outage(lasts: .milliseconds(300))
                }
            }
        }
    }

    @Test func slowBrokerOnlyTakesLonger() async throws {
        try await withTraffic { traffic, _ in
            let broker = traffic.world.broker
            try await traffic.flow {
                try broker.setRoundTripTime(.milliseconds(300))
                await traffic.answer(to: traffic.send())
                try broker.setRoundTripTime(.zero)
            }
        }
    }
}

/// The broker is there and refuses what it is asked.
@Suite(.timeLimit(.minutes(2)))
struct BrokerRefusalOutageTests {
    @Test(
        arguments: [
            Array(repeating: KafkaError.Code.notEnoughReplicas, count: 20),
            Array(repeating: .topicAuthorizationFailed, count: 5),
        ]
    )
    func outcomesAreSentAgainUntilTheBrokerTakesThem(_ errors: [KafkaError.Code]) async throws {
        // The broker checks no sequence: of two requests under way it would take the second although it
        // refused the first, and the client then takes the first for written too.
        let properties = ["max.in.flight": "1"]
        try await withTraffic(properties: properties) { traffic, server in
            await traffic.answer(to: traffic.send())
            // Only the worker is to be refused: its database stands still until all are sent.
            server.pause()
            let requests = await traffic.deliver(rounds: 5)
            try traffic.world.broker.injectErrors(errors, into: .produce)
            server.resume()
            await traffic.answer(to: requests)
        }
    }

    @Test func offsetsAreCommittedAgain() async throws {
        // COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, which the client
        // may try again by itself; GROUP_AUTHORIZATION_FAILED, which it does not.
        let errors = [14, 15, 16, 30, 30].map { KafkaError.Code(rawValue: $0) }
        try await withTraffic { traffic, _ in
            try traffic.world.broker.injectErrors(errors, into: .offsetCommit)
            await traffic.answer(to: traffic.send())
            try await eventually("every offset is committed") {
                let partitions = traffic.world.worker.status.consumer.partitions
                let committed = partitions.filter { $0.key.topic == "sync-request" }
                    .compactMap(\.value.committed?.rawValue)
                return committed.reduce(0, +) >= traffic.count
            }
        }
    }
}
