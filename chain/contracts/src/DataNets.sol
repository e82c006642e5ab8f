// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {Terms, checkTerms, termsDigest} from "./Terms.sol";

/// @notice A data net: somebody's collection of rows, published in numbered versions under terms.
struct Net {
    /// Who made it; the only one who sets its terms and curators and receives its proceeds.
    address owner;
    /// When it was made, in seconds since 1970.
    uint64 created;
    /// Number of published versions; they are numbered from 1.
    uint32 versions;
    /// SHA-256 of the canonical description (title, summary, topics, licence text).
    bytes32 metadata;
    /// Digest of the terms in force: those of the next version and of the licences sold now.
    bytes32 terms;
}

/// @notice One published, unchangeable version of a net.
struct Version {
    /// Merkle root over the version's rows (OpenZeppelin standard tree).
    bytes32 root;
    /// SHA-256 of the version's manifest file.
    bytes32 digest;
    /// Digest of the terms it was published under.
    bytes32 terms;
    /// Number of rows.
    uint64 rows;
    /// When it was published, in seconds since 1970.
    uint64 published;
    /// Who published it: the owner or a curator.
    address publisher;
}

/// @title DataNets
/// @notice The public record of data nets: who owns one, which versions of its rows exist, under which
/// terms each was published, and which rows were committed by whom. Rows stay off the chain; their
/// Merkle roots are here, so that anybody who has a row can prove that it belongs to a version.
/// @dev No administrator, no upgrade, no money. A fact once recorded is never changed.
contract DataNets {
    /// @notice A net was made.
    /// @param netId Its number.
    /// @param owner Its owner.
    /// @param metadata SHA-256 of its canonical description.
    /// @param termsDigest Digest of its first terms.
    /// @param terms Its first terms.
    event NetCreated(
        uint64 indexed netId,
        address indexed owner,
        bytes32 indexed metadata,
        bytes32 termsDigest,
        Terms terms
    );

    /// @notice The owner let an account publish versions, or no longer does.
    /// @param netId The net.
    /// @param curator The account.
    /// @param allowed Whether it may publish from now on.
    event CuratorSet(uint64 indexed netId, address indexed curator, bool allowed);

    /// @notice The terms for later versions and later licences changed.
    /// @param netId The net.
    /// @param termsDigest Digest of the new terms.
    /// @param terms The new terms.
    event TermsChanged(uint64 indexed netId, bytes32 indexed termsDigest, Terms terms);

    /// @notice A version was published.
    /// @param netId The net.
    /// @param number The version's number.
    /// @param publisher Who published it.
    /// @param root Merkle root of its rows.
    /// @param digest SHA-256 of its manifest.
    /// @param termsDigest Digest of its terms.
    /// @param rows Number of rows.
    event VersionPublished(
        uint64 indexed netId,
        uint32 indexed number,
        address indexed publisher,
        bytes32 root,
        bytes32 digest,
        bytes32 termsDigest,
        uint64 rows
    );

    /// @notice An account committed rows that it offers to a net.
    /// @param netId The net.
    /// @param contributionId Number of the contribution within the net.
    /// @param contributor Who offers them.
    /// @param root Merkle root of the offered rows.
    /// @param rows Number of offered rows.
    event ContributionCommitted(
        uint64 indexed netId,
        uint64 indexed contributionId,
        address indexed contributor,
        bytes32 root,
        uint64 rows
    );

    /// @notice No net has this number.
    error UnknownNet(uint64 netId);
    /// @notice The net has no version of this number.
    error UnknownVersion(uint64 netId, uint32 number);
    /// @notice No net was ever offered under terms of this digest.
    error UnknownTerms(bytes32 termsDigest);
    /// @notice Only the net's owner may do this.
    error NotOwner(uint64 netId, address caller);
    /// @notice Only the net's owner or one of its curators may do this.
    error NotCurator(uint64 netId, address caller);
    /// @notice A digest or root is all zero.
    error EmptyDigest();
    /// @notice A version or contribution has no rows.
    error NoRows();
    /// @notice The newest version has the same manifest already.
    error SameVersion(uint64 netId, uint32 number);
    /// @notice The terms are those in force already.
    error SameTerms(uint64 netId, bytes32 termsDigest);

    /// @notice Number of nets; they are numbered from 1.
    uint64 public netCount;

    mapping(uint64 netId => Net) private _nets;
    mapping(uint64 netId => mapping(uint32 number => Version)) private _versions;
    mapping(bytes32 digest => Terms) private _terms;

    /// @notice Whether an account may publish versions of a net besides the owner.
    mapping(uint64 netId => mapping(address account => bool)) public isCurator;

    /// @notice Number of contributions committed to a net; they are numbered from 1.
    mapping(uint64 netId => uint64) public contributionCount;

    /// @notice Makes a net owned by the caller.
    /// @param metadata SHA-256 of its canonical description; not zero.
    /// @param terms The terms of its first versions.
    /// @param curators Accounts that may publish versions besides the owner.
    /// @return netId The net's number.
    function createNet(bytes32 metadata, Terms calldata terms, address[] calldata curators)
        external
        returns (uint64 netId)
    {
        require(metadata != 0, EmptyDigest());
        bytes32 digest = _remember(terms);

        netId = ++netCount;
        _nets[netId] = Net({
            owner: msg.sender,
            created: uint64(block.timestamp),
            versions: 0,
            metadata: metadata,
            terms: digest
        });
        emit NetCreated(netId, msg.sender, metadata, digest, terms);
        for (uint256 i = 0; i < curators.length; ++i) {
            _setCurator(netId, curators[i], true);
        }
    }

    /// @notice Lets an account publish versions of the caller's net, or no longer lets it.
    /// @param netId The net.
    /// @param curator The account.
    /// @param allowed Whether it may publish from now on.
    function setCurator(uint64 netId, address curator, bool allowed) external {
        _requireOwner(netId);
        _setCurator(netId, curator, allowed);
    }

    /// @notice Changes the terms for versions published and licences sold from now on. Published
    /// versions keep the terms they were published under.
    /// @param netId The net; the caller owns it.
    /// @param terms The new terms.
    function setTerms(uint64 netId, Terms calldata terms) external {
        _requireOwner(netId);
        bytes32 digest = _remember(terms);
        require(digest != _nets[netId].terms, SameTerms(netId, digest));
        _nets[netId].terms = digest;
        emit TermsChanged(netId, digest, terms);
    }

    /// @notice Publishes the next version of a net under the terms in force.
    /// @param netId The net; the caller is its owner or a curator.
    /// @param root Merkle root over its rows; not zero.
    /// @param digest SHA-256 of its manifest; not zero, not that of the version before.
    /// @param rows Number of rows; not zero.
    /// @return number The version's number.
    function publishVersion(uint64 netId, bytes32 root, bytes32 digest, uint64 rows)
        external
        returns (uint32 number)
    {
        Net storage stored = _existing(netId);
        require(msg.sender == stored.owner || isCurator[netId][msg.sender], NotCurator(netId, msg.sender));
        require(root != 0 && digest != 0, EmptyDigest());
        require(rows != 0, NoRows());
        uint32 newest = stored.versions;
        // A manifest names its version's number, so an equal digest is the same act done twice.
        require(_versions[netId][newest].digest != digest, SameVersion(netId, newest));

        number = newest + 1;
        bytes32 inForce = stored.terms;
        stored.versions = number;
        _versions[netId][number] = Version({
            root: root,
            digest: digest,
            terms: inForce,
            rows: rows,
            published: uint64(block.timestamp),
            publisher: msg.sender
        });
        emit VersionPublished(netId, number, msg.sender, root, digest, inForce, rows);
    }

    /// @notice Commits rows that the caller offers to a net, before anybody has seen them. The rows,
    /// and what curators make of them, stay off the chain.
    /// @param netId The net.
    /// @param root Merkle root over the offered rows; not zero.
    /// @param rows Number of offered rows; not zero.
    /// @return contributionId Number of the contribution within the net.
    function contribute(uint64 netId, bytes32 root, uint64 rows) external returns (uint64 contributionId) {
        _existing(netId);
        require(root != 0, EmptyDigest());
        require(rows != 0, NoRows());
        contributionId = ++contributionCount[netId];
        emit ContributionCommitted(netId, contributionId, msg.sender, root, rows);
    }

    /// @notice The record of a net.
    /// @param netId The net.
    /// @return The record.
    function net(uint64 netId) external view returns (Net memory) {
        return _existing(netId);
    }

    /// @notice The record of a version.
    /// @param netId The net.
    /// @param number The version's number.
    /// @return The record.
    function version(uint64 netId, uint32 number) external view returns (Version memory) {
        Version memory stored = _versions[netId][number];
        require(stored.root != 0, UnknownVersion(netId, number));
        return stored;
    }

    /// @notice Terms by their digest.
    /// @param digest Digest of terms that some net was offered under.
    /// @return The terms.
    function termsOf(bytes32 digest) external view returns (Terms memory) {
        Terms memory stored = _terms[digest];
        // What is stored under a digest must have it, so an empty place shows itself.
        require(termsDigest(stored) == digest, UnknownTerms(digest));
        return stored;
    }

    /// @notice What a net is offered for now: all that a sale of a licence needs, in one call.
    /// @param netId The net.
    /// @return owner Its owner.
    /// @return digest Digest of the terms in force.
    /// @return inForce The terms in force.
    function offer(uint64 netId) external view returns (address owner, bytes32 digest, Terms memory inForce) {
        Net storage stored = _existing(netId);
        digest = stored.terms;
        return (stored.owner, digest, _terms[digest]);
    }

    /// @notice Whether a row belongs to a version.
    /// @param netId The net.
    /// @param number The version's number.
    /// @param row SHA-256 of the row's canonical JSON.
    /// @param contributor Who wrote the row.
    /// @param byteLength Length of the row's canonical JSON in bytes.
    /// @param proof Sibling hashes from the row's leaf to the root.
    /// @return True when the proof leads to the version's root.
    function holdsRow(
        uint64 netId,
        uint32 number,
        bytes32 row,
        address contributor,
        uint256 byteLength,
        bytes32[] calldata proof
    ) external view returns (bool) {
        bytes32 root = _versions[netId][number].root;
        require(root != 0, UnknownVersion(netId, number));
        // Hashed twice so that an inner node of the tree can never pass for a leaf.
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(row, contributor, byteLength))));
        return MerkleProof.verifyCalldata(proof, root, leaf);
    }

    /// @notice The digest by which the contracts name terms.
    /// @param given The terms.
    /// @return keccak256 of the ABI encoding of the ten fields in order.
    function digestOf(Terms calldata given) external pure returns (bytes32) {
        return termsDigest(given);
    }

    function _setCurator(uint64 netId, address curator, bool allowed) private {
        isCurator[netId][curator] = allowed;
        emit CuratorSet(netId, curator, allowed);
    }

    /// @dev Terms are stored once under their digest, whichever nets use them.
    function _remember(Terms calldata given) private returns (bytes32 digest) {
        checkTerms(given);
        digest = termsDigest(given);
        _terms[digest] = given;
    }

    function _requireOwner(uint64 netId) private view {
        require(msg.sender == _existing(netId).owner, NotOwner(netId, msg.sender));
    }

    function _existing(uint64 netId) private view returns (Net storage stored) {
        stored = _nets[netId];
        require(stored.owner != address(0), UnknownNet(netId));
    }
}
