import Foundation
import Testing

/// The project's own files, found from where this file is.
enum Project {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A schema as a tree.
    static func schema(_ type: String) throws -> [String: Any] {
        try #require(try json("schemas/\(type).json") as? [String: Any])
    }

    /// The examples of a schema, as JSON.
    static func examples(of type: String) throws -> [[UInt8]] {
        try #require(try schema(type)["examples"] as? [Any]).map(bytes)
    }

    /// What must be refused, and the field that must be named.
    static func invalidCases(of type: String) throws -> [InvalidCase] {
        try #require(try json("schemas/invalid/\(type).json") as? [[String: Any]]).map { entry in
            InvalidCase(
                why: try #require(entry["why"] as? String),
                field: try #require(entry["field"] as? String),
                data: try bytes(try #require(entry["data"]))
            )
        }
    }

    /// The words a field of a schema may have; `null` is left out.
    static func words(of type: String, _ field: String) throws -> [String] {
        let properties = try #require(try schema(type)["properties"] as? [String: Any])
        let property = try #require(properties[field] as? [String: Any])
        return try #require(property["enum"] as? [Any]).compactMap { $0 as? String }
    }

    /// The types that have a schema.
    static func types() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "schemas").path)
            .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }
    }

    private static func json(_ path: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(contentsOf: root.appending(path: path)))
    }

    private static func bytes(_ value: Any) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed))
    }
}

/// A case of `schemas/invalid`.
struct InvalidCase: CustomTestStringConvertible {
    let why: String
    let field: String
    let data: [UInt8]

    var testDescription: String { why }
}
