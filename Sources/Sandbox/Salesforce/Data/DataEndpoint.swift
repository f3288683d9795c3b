/// `/services/data/…`: the REST API.
struct DataEndpoint: Sendable {
    let shared: SharedState
    static let newestVersion = 67

    /// Answers one call; `Sforce-Limit-Info` comes with every answer that has a session.
    func reply(to request: WireRequest) -> Reply {
        guard request.segments.count > 2 else { return versions() }
        var reply: Reply
        do throws(DataError) {
            reply = try authorized(request)
        } catch {
            reply = .dataError(error)
        }
        let info = shared.withState { $0.limitInfo(request.authorization) }
        if let info { reply.headers.append(("Sforce-Limit-Info", info)) }
        return reply
    }

    private func authorized(_ request: WireRequest) throws(DataError) -> Reply {
        let version = try Self.version(request.segments[2])
        let session = try opened(request)
        return try route(request, Array(request.segments.dropFirst(3)), version, session)
    }

    private func opened(_ request: WireRequest) throws(DataError) -> DataSession {
        let readsOrganization = Self.readsOrganization(request)
        return try shared.withState { state in
            Result { () throws(DataError) in
                try state.openDataSession(
                    request.authorization,
                    readsOrganization: readsOrganization
                )
            }
        }.get()
    }

    /// Whether it is the query of the organization itself.
    private static func readsOrganization(_ request: WireRequest) -> Bool {
        guard request.segments.dropFirst(3).first == "query", let query = request.query["q"] else {
            return false
        }
        let words = query.lowercased().split(separator: " ")
        return words.firstIndex(of: "from").map { words.dropFirst($0 + 1).first == "organization" }
            ?? false
    }

    /// Answers a call whose session is open; a batch comes back here for each of its parts.
    func route(
        _ request: WireRequest,
        _ path: [Substring],
        _ version: String,
        _ session: DataSession
    ) throws(DataError) -> Reply {
        let call = DataCall(shared: shared, request: request, version: version, session: session)
        switch (request.method, path.first, path.count) {
        case ("GET", "query", 1), ("GET", "queryAll", 1):
            return try call.query(all: path[0] == "queryAll")
        case ("GET", "query", 2), ("GET", "queryAll", 2):
            return try call.nextPage(path[1])
        case ("GET", "limits", 1): return call.limits()
        case ("GET", nil, 0): return call.resources()
        case ("GET", "sobjects", 3...4): return try call.object(Array(path.dropFirst()))
        case ("POST", "composite", 2) where path[1] == "batch":
            return try batch(request, version, session)
        case (_, "jobs", 2...) where path[1] == "query":
            return try call.bulk(Array(path.dropFirst(2)))
        default: throw .notFound
        }
    }

    /// `v67.0` and its elders, as `67.0`.
    static func version(_ segment: Substring) throws(DataError) -> String {
        guard segment.hasPrefix("v"), segment.hasSuffix(".0"),
            let number = Int(segment.dropFirst().dropLast(2)), number <= newestVersion, number > 20
        else { throw .notFound }
        guard number > 30 else { throw .retired }
        return "\(number).0"
    }

    private func versions() -> Reply {
        .json(
            .array(
                (31...Self.newestVersion).map { number in
                    let season = ["Spring", "Summer", "Winter"][(number - 1 + 1) % 3]
                    let year = 10 + (number - 17 + (number % 3 == 2 ? 1 : 0)) / 3
                    return [
                        "label": .string("\(season) '\(year)"),
                        "url": .string("/services/data/v\(number).0"),
                        "version": .string("\(number).0"),
                    ]
                }
            )
        )
    }
}

/// One data call that has been let in.
struct DataCall: Sendable {
    let shared: SharedState
    let request: WireRequest
    /// Such as `67.0`.
    let version: String
    let session: DataSession
}
