import ArgumentParser
import Kafka
import Ops
import Postgres
import Runtime
import Store

/// Why a command ends: one line for the person, one number for the caller.
struct CommandFailure: Error, Hashable, CustomStringConvertible {
    let line: String
    let exitCode: ExitCode

    init(_ line: String, _ exitCode: ExitCode = .failure) {
        // One line, whatever a library put into its sentence.
        self.line = line.split(whereSeparator: \.isNewline).joined(separator: " ")
        self.exitCode = exitCode
    }

    var description: String { line }
}

/// The numbers of `sysexits.h` that commands end with.
extension ExitCode {
    /// The input is not as it must be.
    static let invalidData = ExitCode(65)
    /// A neighbour cannot be reached.
    static let unavailable = ExitCode(69)
    /// Not now; it may work later.
    static let temporaryFailure = ExitCode(75)
    /// The configuration is missing something or malformed.
    static let configuration = ExitCode(78)
}

extension CommandFailure {
    init(_ error: SettingsError) {
        self.init(error.description, .configuration)
    }

    init(_ error: PostgresError) {
        self.init("database: \(error.reason)", .unavailable)
    }

    /// A property that librdkafka refuses is configuration; everything else is the broker.
    init(_ error: KafkaError) {
        switch error.code {
        case .invalidArgument:
            self.init(
                "KAFKA_PROPERTIES_…: \(error.reason); "
                    + "put a property of librdkafka, dots as underscores",
                .configuration
            )
        default: self.init("broker: \(error.reason)", .unavailable)
        }
    }

    /// What any error of the rooms below means to who started the command; `nil` where that is not
    /// known.
    init?(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as SettingsError: self.init(error)
        case let error as PostgresError: self.init(error)
        case let error as PostgresTransactionError:
            guard let cause = CommandFailure(error.underlying) else { return nil }
            self = cause
        case let error as KafkaError: self.init(error)
        case let error as StoreError
        where [.undecryptable, .missingKey].contains(error.code):
            self.init(error.reason, .configuration)
        case let error as StoreError: self.init("database: \(error.reason)")
        case let error as LeaseLost: self.init("group: \(error)", .temporaryFailure)
        case let error as OpsServerError:
            self.init("OPS_PORT: \(error.reason); put another port", .unavailable)
        default: return nil
        }
    }
}
