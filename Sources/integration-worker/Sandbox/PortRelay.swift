import NIOCore
import NIOPosix
import ServiceLifecycle

/// Passes connections on from a fixed port, for a server that cannot choose its own.
///
/// Only the first connection of a Kafka client comes this way: the broker then names its own port.
struct PortRelay: Service {
    /// The address, as `host:port`.
    let address: String
    private let listener: NIOAsyncChannel<Connection, Never>
    private let target: (host: String, port: Int)

    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Takes the port; connections wait until ``run()``.
    static func bind(port: Int, target: String) async throws -> PortRelay {
        guard let colon = target.lastIndex(of: ":"),
            let targetPort = Int(target[target.index(after: colon)...])
        else { throw CommandFailure("the broker's address \(target) is not host:port") }
        do {
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture { try wrap(channel) }
                }
            let bound = listener.channel.localAddress?.port ?? port
            return PortRelay(
                address: "127.0.0.1:\(bound)",
                listener: listener,
                target: (String(target[..<colon]), targetPort)
            )
        } catch {
            throw CommandFailure("port \(port) cannot be taken: \(error)", .unavailable)
        }
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await listener.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in connections {
                        group.addTask { await pass(connection) }
                    }
                }
            }
        }
    }

    private static func wrap(_ channel: any Channel) throws -> Connection {
        try Connection(wrappingChannelSynchronously: channel)
    }

    /// A connection that breaks is its client's concern, and its client notices.
    private func pass(_ client: Connection) async {
        do {
            let server = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: target.host, port: target.port) { channel in
                    channel.eventLoop.makeCompletedFuture { try Self.wrap(channel) }
                }
            try await client.executeThenClose { fromClient, toClient in
                try await server.executeThenClose { fromServer, toServer in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            for try await part in fromClient { try await toServer.write(part) }
                        }
                        group.addTask {
                            for try await part in fromServer { try await toClient.write(part) }
                        }
                        // Where one side has ended, so has the conversation.
                        try await group.next()
                        group.cancelAll()
                    }
                }
            }
        } catch {
            client.channel.close(promise: nil)
        }
    }
}
