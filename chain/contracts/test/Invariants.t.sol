// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {DataNets, Version} from "../src/DataNets.sol";
import {Licences} from "../src/Licences.sol";
import {Model, ModelRegistry} from "../src/ModelRegistry.sol";
import {Terms, isOpen} from "../src/Terms.sol";
import {Check} from "./Check.sol";
import {closedTerms, nobody, openTerms, pricedTerms} from "./Fixtures.sol";

/// @dev Uses the market at random and keeps its own books beside it.
contract MarketUser is Check {
    DataNets public immutable nets;
    Licences public immutable licences;

    uint256 public now_ = 1_800_000_000;
    uint256 public received;
    uint256 public drawn;
    mapping(address account => mapping(uint64 netId => uint256)) public held;
    /// @dev Fingerprints of versions at the time when they were published.
    mapping(uint64 netId => mapping(uint32 number => bytes32)) public printed;
    bool public shortened;

    uint256 private seed;

    constructor(DataNets nets_, Licences licences_) {
        nets = nets_;
        licences = licences_;
        create(0, 1);
    }

    function account(uint256 i) public pure returns (address) {
        return address(uint160(0x1000 + i % 4));
    }

    function pick(uint256 i) private view returns (uint64) {
        return uint64(within(i, 1, nets.netCount()));
    }

    function someTerms(uint256 i) private returns (Terms memory t) {
        i = i % 3;
        t = i == 0 ? openTerms() : i == 1 ? pricedTerms() : closedTerms();
        // Never the terms in force already.
        t.revenuePpm = uint32(++seed);
        if (i == 1) {
            t.price = uint128(1 + seed % 1000);
            t.durationDays = uint32(1 + seed % 90);
        }
    }

    function create(uint256 who, uint256 kind) public {
        if (nets.netCount() >= 6) return;
        Terms memory t = someTerms(kind);
        VM.prank(account(who));
        nets.createNet(keccak256(abi.encode(++seed)), t, nobody());
    }

    function changeTerms(uint256 which, uint256 kind) external {
        uint64 id = pick(which);
        Terms memory t = someTerms(kind);
        VM.prank(nets.net(id).owner);
        nets.setTerms(id, t);
    }

    function publish(uint256 which) external {
        uint64 id = pick(which);
        VM.prank(nets.net(id).owner);
        uint32 number =
            nets.publishVersion(id, keccak256(abi.encode("r", ++seed)), keccak256(abi.encode("d", seed)), 7);
        printed[id][number] = keccak256(abi.encode(nets.version(id, number)));
    }

    function buy(uint256 who, uint256 which) external {
        uint64 id = pick(which);
        (, bytes32 digest, Terms memory t) = nets.offer(id);
        if (t.price == 0) return;
        address buyer = account(who);
        VM.deal(buyer, t.price);
        VM.prank(buyer);
        licences.buy{value: t.price}(id, digest);
        received += t.price;
        note(buyer, id);
    }

    function grant(uint256 who, uint256 which, uint256 more) external {
        uint64 id = pick(which);
        address to = account(who);
        uint256 from = licences.validUntil(to, id);
        if (from < now_) from = now_;
        VM.prank(nets.net(id).owner);
        licences.grant(id, to, uint64(from + within(more, 1, 30 days)));
        note(to, id);
    }

    function withdraw(uint256 who) external {
        address owner = account(who);
        uint256 amount = licences.claimable(owner);
        if (amount == 0) return;
        VM.prank(owner);
        drawn += licences.withdraw(payable(address(0xF00D)));
    }

    function wait_(uint256 time) external {
        now_ += within(time, 1, 40 days);
        VM.warp(now_);
    }

    function note(address who, uint64 id) private {
        uint256 until = licences.validUntil(who, id);
        if (until <= held[who][id]) shortened = true;
        held[who][id] = until;
    }
}

contract MarketInvariants is Check {
    DataNets private nets;
    Licences private licences;
    MarketUser private user;

    function setUp() public {
        VM.warp(1_800_000_000);
        nets = new DataNets();
        licences = new Licences(nets);
        user = new MarketUser(nets, licences);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(user);
    }

    /// Every wei in the contract is owed to somebody, and what is owed is there.
    function invariantSolvent() public view {
        uint256 owed = 0;
        for (uint256 i = 0; i < 4; ++i) {
            owed += licences.claimable(user.account(i));
        }
        eq(address(licences).balance, owed, "balance is what is owed");
        eq(user.received(), owed + user.drawn(), "nothing appears or is lost");
        eq(address(0xF00D).balance, user.drawn(), "what was drawn arrived");
    }

    /// No act of anybody makes a licence end earlier.
    function invariantLicencesNeverShorten() public view {
        yes(!user.shortened(), "each purchase and grant made a licence longer");
        for (uint64 id = 1; id <= nets.netCount(); ++id) {
            for (uint256 i = 0; i < 4; ++i) {
                address account = user.account(i);
                eq(licences.validUntil(account, id), user.held(account, id), "end of a licence");
            }
        }
    }

    /// A published version is what it was, and whoever may train on it is who the rule says.
    function invariantVersionsAndCover() public view {
        for (uint64 id = 1; id <= nets.netCount(); ++id) {
            uint64 before = 0;
            for (uint32 number = 1; number <= nets.net(id).versions; ++number) {
                Version memory v = nets.version(id, number);
                eq(keccak256(abi.encode(v)), user.printed(id, number), "a version is never changed");
                yes(v.published >= before && v.published <= user.now_(), "versions are in order of time");
                before = v.published;
                bool open = isOpen(nets.termsOf(v.terms));
                for (uint256 i = 0; i < 4; ++i) {
                    address account = user.account(i);
                    bool may = open || account == nets.net(id).owner || user.held(account, id) > user.now_();
                    yes(licences.covers(account, id, number) == may, "who may train");
                }
            }
        }
    }
}

/// @dev Registers and withdraws models at random, with good and bad parents.
contract ModelUser is Check {
    ModelRegistry public immutable registry;
    mapping(uint64 id => bytes32) public printed;
    uint256 private seed;

    constructor(ModelRegistry registry_) {
        registry = registry_;
    }

    function register(uint256 who, uint64[4] memory parents, uint256 count, uint64 supersedes) external {
        uint64[] memory some = new uint64[](count % 5);
        for (uint256 i = 0; i < some.length; ++i) {
            some[i] = uint64(within(parents[i], 0, uint256(registry.modelCount()) + 1));
        }
        supersedes = uint64(within(supersedes, 0, registry.modelCount()));
        VM.prank(address(uint160(0x1000 + who % 3)));
        try registry.register(keccak256(abi.encode(++seed)), some, supersedes, bytes32(seed % 2)) returns (
            uint64 id
        ) {
            printed[id] = print(registry.model(id));
        } catch {}
    }

    function withdraw(uint256 which) external {
        uint64 count = registry.modelCount();
        if (count == 0) return;
        uint64 id = uint64(within(which, 1, count));
        Model memory m = registry.model(id);
        if (m.withdrawn != 0) return;
        VM.prank(m.owner);
        registry.withdraw(id, "because");
    }

    /// @dev Everything of a record that may never change.
    function print(Model memory m) public pure returns (bytes32) {
        return keccak256(abi.encode(m.manifest, m.terms, m.owner, m.created, m.supersedes, m.parents));
    }
}

contract ModelInvariants is Check {
    ModelRegistry private registry;
    ModelUser private user;

    function setUp() public {
        VM.warp(1_800_000_000);
        registry = new ModelRegistry();
        user = new ModelUser(registry);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(user);
    }

    /// The graph has no cycles, supersession stays with one owner, and no record ever changes.
    function invariantLineage() public view {
        for (uint64 id = 1; id <= registry.modelCount(); ++id) {
            Model memory m = registry.model(id);
            uint64 before = 0;
            for (uint256 i = 0; i < m.parents.length; ++i) {
                yes(m.parents[i] > before && m.parents[i] < id, "parents ascend and are older");
                before = m.parents[i];
            }
            if (m.supersedes != 0) {
                yes(m.supersedes < id, "what is superseded is older");
                eq(registry.model(m.supersedes).owner, m.owner, "and of the same owner");
            }
            eq(registry.idOf(m.owner, m.manifest), id, "found by owner and manifest");
            eq(user.print(m), user.printed(id), "a record is never changed");
        }
    }
}
