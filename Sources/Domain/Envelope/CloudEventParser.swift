import FoundationEssentials

/// Reads a record as a CloudEvent, in binary mode or in structured mode.
public enum CloudEventParser {
    /// The longest value that is accepted: 256 KiB.
    public static let maximumValueLength = 256 * 1024
    /// The longest `id` and `source` that are accepted, in bytes: they are an index key.
    public static let maximumAttributeLength = 512

    /// Reads one record.
    ///
    /// Structured mode is `content-type: application/cloudevents+json`, or no content type and an
    /// object with `specversion`; everything else is binary mode, attributes in `ce_` headers.
    public static func parse(
        headers: [(name: String, value: [UInt8]?)],
        value: [UInt8]?
    ) throws(RequestRejection) -> CloudEvent {
        guard let value else {
            throw RequestRejection(
                .tombstone,
                "value: is null; send a CloudEvent, a request cannot be deleted"
            )
        }
        guard value.count <= maximumValueLength else {
            throw RequestRejection(
                .tooLarge,
                "value: has \(value.count) bytes, at most \(maximumValueLength) are accepted"
            )
        }
        guard String(validating: value, as: UTF8.self) != nil else {
            throw RequestRejection(.notUTF8, "value: is not UTF-8; encode the JSON as UTF-8")
        }
        let attributes = try Attributes(headers: headers)
        let contentType = attributes["content-type"].map(mediaType)
        if contentType == "application/cloudevents+json" {
            return try structured(value)
        }
        if contentType == nil, attributes["ce_specversion"] == nil {
            return try structured(value)
        }
        return try binary(attributes, contentType: contentType, value: value)
    }

    private static func mediaType(_ header: String) -> String {
        String(header.prefix { $0 != ";" && $0 != " " }).lowercased()
    }

    private static func binary(
        _ attributes: Attributes,
        contentType: String?,
        value: [UInt8]
    ) throws(RequestRejection) -> CloudEvent {
        if let contentType, contentType != "application/json" {
            throw RequestRejection(
                .invalidEnvelope,
                "content-type: is neither application/json nor application/cloudevents+json"
            )
        }
        try check(attributes["ce_specversion"], "1.0", "header ce_specversion")
        return CloudEvent(
            id: try attribute(attributes["ce_id"], "header ce_id"),
            source: try attribute(attributes["ce_source"], "header ce_source"),
            type: try attribute(attributes["ce_type"], "header ce_type"),
            trace: attributes["traceparent"].flatMap {
                TraceContext(traceparent: $0, tracestate: attributes["tracestate"])
            },
            causationID: attributes["ce_causationid"],
            data: value
        )
    }

    private static func structured(_ value: [UInt8]) throws(RequestRejection) -> CloudEvent {
        let document = try JSONDocument(value)
        let envelope: StructuredEnvelope
        do throws(RequestRejection) {
            envelope = try document.decode(StructuredEnvelope.self)
        } catch {
            throw error.code == .notJSON
                ? error : RequestRejection(.invalidEnvelope, error.message)
        }
        guard envelope.specversion != nil else {
            throw RequestRejection(
                .invalidEnvelope,
                "specversion: missing; send ce_ headers, or one JSON object with specversion \"1.0\""
            )
        }
        try check(envelope.specversion, "1.0", "specversion")
        guard let data = try document.member("data") else {
            throw RequestRejection(.invalidEnvelope, "data: missing; expected an object")
        }
        return CloudEvent(
            id: try attribute(envelope.id, "id"),
            source: try attribute(envelope.source, "source"),
            type: try attribute(envelope.type, "type"),
            trace: envelope.traceparent.flatMap {
                TraceContext(traceparent: $0, tracestate: envelope.tracestate)
            },
            causationID: envelope.causationid,
            data: data
        )
    }

    private static func check(
        _ value: String?,
        _ expected: String,
        _ name: String
    ) throws(RequestRejection) {
        guard let value else {
            throw RequestRejection(.invalidEnvelope, "\(name): missing; expected \"\(expected)\"")
        }
        guard value == expected else {
            throw RequestRejection(
                .invalidEnvelope,
                "\(name): is another version; expected \"\(expected)\""
            )
        }
    }

    private static func attribute(
        _ value: String?,
        _ name: String
    ) throws(RequestRejection) -> String {
        guard let value, !value.isEmpty else {
            throw RequestRejection(
                .invalidEnvelope,
                "\(name): missing or empty; expected a non-empty string"
            )
        }
        guard value.utf8.count <= maximumAttributeLength,
            !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw RequestRejection(
                .invalidEnvelope,
                "\(name): expected at most \(maximumAttributeLength) bytes, no control characters"
            )
        }
        return value
    }
}

private struct StructuredEnvelope: Decodable {
    var specversion: String?
    var id: String?
    var source: String?
    var type: String?
    var traceparent: String?
    var tracestate: String?
    var causationid: String?
}

/// The last value of each header, by lower-case name.
private struct Attributes {
    private var values: [String: String] = [:]

    init(headers: [(name: String, value: [UInt8]?)]) throws(RequestRejection) {
        for header in headers {
            let name = header.name.lowercased()
            guard
                name.hasPrefix("ce_")
                    || ["content-type", "traceparent", "tracestate"].contains(name)
            else { continue }
            guard let text = String(validating: header.value ?? [], as: UTF8.self) else {
                throw RequestRejection(.notUTF8, "header \(name): is not UTF-8")
            }
            values[name] = text
        }
    }

    subscript(name: String) -> String? { values[name] }
}
