import Foundation
import Testing

/// Random histories a machine is held against a model with: `HISTORIES` of them, or a million.
///
/// A history is all that follows from its seed; the seeds count from 0, so that one that failed
/// comes again.
enum Histories {
    static let count =
        ProcessInfo.processInfo.environment["HISTORIES"].flatMap(Int.init) ?? 1_000_000

    static var timeLimit: TimeLimitTrait.Duration { .minutes(3 + count / 200_000) }

    /// Runs all histories on all cores until one says what went wrong.
    static func run(_ fault: @escaping @Sendable (_ seed: Int) -> String?) async {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        await withTaskGroup(of: String?.self) { group in
            for core in 0..<cores {
                group.addTask {
                    for seed in stride(from: core, to: count, by: cores) where !Task.isCancelled {
                        if let fault = fault(seed) { return "history \(seed): \(fault)" }
                    }
                    return nil
                }
            }
            for await fault in group.compactMap(\.self) {
                Issue.record("\(fault)")
                group.cancelAll()
            }
        }
    }
}
