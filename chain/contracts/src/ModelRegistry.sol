// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice The record of a registered model.
struct Model {
    /// SHA-256 of the model's canonical manifest.
    bytes32 manifest;
    /// Digest of the terms the model is offered under; zero when none are stated.
    bytes32 terms;
    /// Who registered it.
    address owner;
    /// When it was registered, in seconds since 1970.
    uint64 created;
    /// When its owner withdrew it, in seconds since 1970; 0 while it stands.
    uint64 withdrawn;
    /// The earlier model of the same owner that it replaces; 0 when none.
    uint64 supersedes;
    /// The models of this registry that it was made from, in ascending order.
    uint64[] parents;
}

/// @title ModelRegistry
/// @notice The public record of models and of what they were made from: one digest per model, which
/// names everything else (base, data, recipe, trainer, weights), and links to its parents.
/// @dev No administrator, no upgrade, no money, no transfer. A record is never deleted. A manifest names
/// its creator's address and is unique per owner, so copying somebody's pending registration gains
/// nothing. Parents are older than the child, so the graph has no cycles.
contract ModelRegistry {
    /// @dev A record as stored: three words for a model without parents, up to five parents in one more.
    struct Stored {
        bytes32 manifest;
        bytes32 terms;
        address owner;
        uint40 created;
        uint48 supersedes;
        uint8 parentCount;
        uint48[16] parents;
    }

    /// @notice A model was registered.
    /// @param id Its number.
    /// @param owner Who registered it.
    /// @param manifest SHA-256 of its canonical manifest.
    /// @param parents The models it was made from.
    /// @param supersedes The model it replaces; 0 when none.
    /// @param terms Digest of its terms; zero when none are stated.
    event ModelRegistered(
        uint64 indexed id,
        address indexed owner,
        bytes32 indexed manifest,
        uint64[] parents,
        uint64 supersedes,
        bytes32 terms
    );

    /// @notice An owner withdrew a model. Its record stays.
    /// @param id Its number.
    /// @param owner Its owner.
    /// @param reason Why, in the owner's words.
    event ModelWithdrawn(uint64 indexed id, address indexed owner, string reason);

    /// @notice No model has this number.
    error UnknownModel(uint64 id);
    /// @notice The manifest digest is all zero.
    error EmptyManifest();
    /// @notice The owner has registered this manifest before.
    error AlreadyRegistered(address owner, bytes32 manifest, uint64 id);
    /// @notice More than `MAX_PARENTS` parents.
    error TooManyParents(uint256 count);
    /// @notice The parents are not in ascending order, each named once.
    error ParentsNotAscending(uint64 before, uint64 parent);
    /// @notice Only the model's owner may do this.
    error NotOwner(uint64 id, address caller);
    /// @notice The model was withdrawn before.
    error AlreadyWithdrawn(uint64 id);
    /// @notice The reason is longer than `MAX_REASON` bytes.
    error ReasonTooLong(uint256 length);

    /// @notice Largest number of parents of one model.
    uint256 public constant MAX_PARENTS = 16;

    /// @notice Largest length of a reason for withdrawal, in bytes.
    uint256 public constant MAX_REASON = 280;

    /// @notice Number of models; they are numbered from 1.
    uint64 public modelCount;

    mapping(uint64 id => Stored) private _models;
    mapping(uint64 id => uint64) private _withdrawn;

    /// @notice The number of an owner's model with a given manifest; 0 when there is none.
    mapping(address owner => mapping(bytes32 manifest => uint64)) public idOf;

    /// @notice Registers a model in the caller's name.
    /// @param manifest SHA-256 of its canonical manifest; not zero, not registered by the caller before.
    /// @param parents The models it was made from: at most `MAX_PARENTS`, ascending, all registered here.
    /// @param supersedes An earlier model of the caller that it replaces; 0 when none.
    /// @param terms Digest of the terms it is offered under; zero when none are stated.
    /// @return id The model's number.
    function register(bytes32 manifest, uint64[] calldata parents, uint64 supersedes, bytes32 terms)
        external
        returns (uint64 id)
    {
        require(manifest != 0, EmptyManifest());
        uint64 earlier = idOf[msg.sender][manifest];
        require(earlier == 0, AlreadyRegistered(msg.sender, manifest, earlier));
        require(parents.length <= MAX_PARENTS, TooManyParents(parents.length));
        if (supersedes != 0) _requireOwner(supersedes);

        id = ++modelCount;
        idOf[msg.sender][manifest] = id;
        Stored storage stored = _models[id];
        stored.manifest = manifest;
        if (terms != 0) stored.terms = terms;
        stored.owner = msg.sender;
        stored.created = uint40(block.timestamp);
        // casting is safe: supersedes is the number of a registered model or 0
        // forge-lint: disable-next-line(unsafe-typecast)
        stored.supersedes = uint48(supersedes);
        // casting is safe: at most MAX_PARENTS
        // forge-lint: disable-next-line(unsafe-typecast)
        stored.parentCount = uint8(parents.length);
        uint64 before = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            uint64 parent = parents[i];
            require(parent > before, ParentsNotAscending(before, parent));
            require(parent < id, UnknownModel(parent));
            // casting is safe: parent is below id, and numbers are given out one by one
            // forge-lint: disable-next-line(unsafe-typecast)
            stored.parents[i] = uint48(parent);
            before = parent;
        }
        emit ModelRegistered(id, msg.sender, manifest, parents, supersedes, terms);
    }

    /// @notice Says that the caller no longer stands by one of its models. The record stays, and so do
    /// the models made from it.
    /// @param id The model; the caller owns it.
    /// @param reason Why, for people to read: at most `MAX_REASON` bytes.
    function withdraw(uint64 id, string calldata reason) external {
        _requireOwner(id);
        require(_withdrawn[id] == 0, AlreadyWithdrawn(id));
        require(bytes(reason).length <= MAX_REASON, ReasonTooLong(bytes(reason).length));
        _withdrawn[id] = uint64(block.timestamp);
        emit ModelWithdrawn(id, msg.sender, reason);
    }

    /// @notice The record of a model.
    /// @param id The model.
    /// @return found The record.
    function model(uint64 id) public view returns (Model memory found) {
        Stored storage stored = _models[id];
        require(stored.owner != address(0), UnknownModel(id));
        found.manifest = stored.manifest;
        found.terms = stored.terms;
        found.owner = stored.owner;
        found.created = stored.created;
        found.withdrawn = _withdrawn[id];
        found.supersedes = stored.supersedes;
        found.parents = new uint64[](stored.parentCount);
        for (uint256 i = 0; i < found.parents.length; ++i) {
            found.parents[i] = stored.parents[i];
        }
    }

    /// @notice The record of an owner's model with a given manifest.
    /// @param owner Who registered it.
    /// @param manifest SHA-256 of its canonical manifest.
    /// @return id Its number; 0 when the owner registered no such manifest.
    /// @return found The record; all zero when there is none.
    function modelByManifest(address owner, bytes32 manifest)
        external
        view
        returns (uint64 id, Model memory found)
    {
        id = idOf[owner][manifest];
        if (id != 0) found = model(id);
    }

    function _requireOwner(uint64 id) private view {
        address owner = _models[id].owner;
        require(owner != address(0), UnknownModel(id));
        require(owner == msg.sender, NotOwner(id, msg.sender));
    }
}
