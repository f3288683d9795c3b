import Store

/// What a rotation did, and what to do next.
struct RotationSummary: Sendable {
    let current: String
    let rotated: EncryptedRows
    /// Configured keys that nothing needs any more.
    let unused: [String]

    var lines: [String] {
        let done =
            rotated.total == 0
            ? "nothing was encrypted with another key than \(current)"
            : "\(rotated.text) are now encrypted with \(current)"
        return [done]
            + unused.map {
                "\($0) is no longer used; take it out of TOKEN_ENCRYPTION_KEYS once every worker runs "
                    + "with \(current) first"
            }
    }

    var json: String {
        let unused = unused.map(JSONLine.quoted).joined(separator: ",")
        return "{\"key\":\(JSONLine.quoted(current)),\(rotated.jsonMembers),\"unused\":[\(unused)]}"
    }
}

extension EncryptedRows {
    /// `3 grants, 1 attempt and 0 revocations`, and requests where there are any.
    var text: String {
        func count(_ number: Int, _ name: String) -> String {
            "\(number) \(name)\(number == 1 ? "" : "s")"
        }
        let waiting = requests == 0 ? "" : ", \(count(requests, "waiting request"))"
        return "\(count(grants, "grant")), \(count(attempts, "attempt"))\(waiting) "
            + "and \(count(revocations, "revocation"))"
    }

    /// The members of a JSON object.
    var jsonMembers: String {
        "\"grants\":\(grants),\"attempts\":\(attempts),\"revocations\":\(revocations),"
            + "\"requests\":\(requests)"
    }
}
