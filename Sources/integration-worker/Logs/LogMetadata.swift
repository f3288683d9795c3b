import Domain
import FoundationEssentials
import Logging

/// What both forms of a log line have in common.
enum LogMetadata {
    /// The logger's metadata, the provider's over it, the line's own over both.
    static func merged(
        _ metadata: Logger.Metadata,
        _ provider: Logger.MetadataProvider?,
        _ event: LogEvent
    ) -> Logger.Metadata {
        var merged = metadata
        if let provided = provider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        if let error = event.error, merged["error"] == nil { merged["error"] = "\(error)" }
        return merged
    }

    /// RFC 3339 in UTC, with milliseconds.
    static func timestamp(_ date: Date) -> String {
        // A fraction of nothing is left out by the writer; log lines shall all be of one width.
        let text = RFC3339.string(from: date)
        return text.contains(".") ? text : text.dropLast() + ".000Z"
    }
}
