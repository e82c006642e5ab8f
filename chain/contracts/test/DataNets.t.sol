// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {DataNets, Net, Version} from "../src/DataNets.sol";
import {PriceWithoutPeriod, PriceWithoutTraining, RevenueAboveWhole, Terms} from "../src/Terms.sol";
import {Check} from "./Check.sol";
import {closedTerms, nobody, openTerms, pricedTerms} from "./Fixtures.sol";

contract DataNetsTest is Check {
    bytes32 private constant ABOUT = keccak256("about");
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant DIGEST = keccak256("digest");

    DataNets private nets;

    function setUp() public {
        VM.warp(1_800_000_000);
        nets = new DataNets();
    }

    function create(Terms memory terms) private returns (uint64 netId) {
        VM.prank(OWNER);
        return nets.createNet(ABOUT, terms, nobody());
    }

    // Making a net.

    function testCreateRecordsEveryFact() public {
        address[] memory curators = new address[](2);
        (curators[0], curators[1]) = (BUYER, OTHER);
        bytes32 digest = nets.digestOf(pricedTerms());

        VM.expectEmit();
        emit DataNets.NetCreated(1, OWNER, ABOUT, digest, pricedTerms());
        VM.expectEmit();
        emit DataNets.CuratorSet(1, BUYER, true);
        VM.expectEmit();
        emit DataNets.CuratorSet(1, OTHER, true);
        VM.prank(OWNER);
        uint64 id = nets.createNet(ABOUT, pricedTerms(), curators);

        eq(id, 1, "first number");
        eq(nets.netCount(), 1, "count");
        Net memory net = nets.net(id);
        eq(net.owner, OWNER, "owner");
        eq(net.created, 1_800_000_000, "created");
        eq(net.versions, 0, "versions");
        eq(net.metadata, ABOUT, "metadata");
        eq(net.terms, digest, "terms");
        yes(nets.isCurator(id, BUYER) && nets.isCurator(id, OTHER), "curators");
        yes(!nets.isCurator(id, OWNER), "the owner is no curator, and needs not be");
    }

    function testNumbersRise() public {
        eq(create(openTerms()), 1, "first");
        eq(create(openTerms()), 2, "second");
        eq(nets.netCount(), 2, "count");
    }

    function testCreateRefusesEmptyMetadata() public {
        VM.expectRevert(abi.encodeWithSelector(DataNets.EmptyDigest.selector));
        nets.createNet(0, openTerms(), nobody());
    }

    function testUnknownNetIsRefusedEverywhere() public {
        create(openTerms());
        bytes memory unknown = abi.encodeWithSelector(DataNets.UnknownNet.selector, uint64(2));
        VM.expectRevert(unknown);
        nets.net(2);
        VM.expectRevert(unknown);
        nets.offer(2);
        VM.expectRevert(unknown);
        nets.setTerms(2, pricedTerms());
        VM.expectRevert(unknown);
        nets.setCurator(2, BUYER, true);
        VM.expectRevert(unknown);
        nets.publishVersion(2, ROOT, DIGEST, 1);
        VM.expectRevert(unknown);
        nets.contribute(2, ROOT, 1);
        VM.expectRevert(abi.encodeWithSelector(DataNets.UnknownNet.selector, uint64(0)));
        nets.net(0);
    }

    // Terms.

    function testTermsDigestIsOfTheEncoding() public view {
        Terms memory t = pricedTerms();
        bytes32 want = keccak256(
            abi.encode(
                true, true, true, false, false, true, false, uint256(5 ether), uint256(30), uint256(100_000)
            )
        );
        eq(nets.digestOf(t), want, "digest");
    }

    function testTermsThatContradictThemselvesAreRefused() public {
        Terms memory t = openTerms();
        t.revenuePpm = 1_000_001;
        VM.expectRevert(abi.encodeWithSelector(RevenueAboveWhole.selector, uint32(1_000_001)));
        nets.createNet(ABOUT, t, nobody());

        t = pricedTerms();
        t.durationDays = 0;
        VM.expectRevert(abi.encodeWithSelector(PriceWithoutPeriod.selector));
        nets.createNet(ABOUT, t, nobody());

        t = openTerms();
        t.durationDays = 1;
        VM.expectRevert(abi.encodeWithSelector(PriceWithoutPeriod.selector));
        nets.createNet(ABOUT, t, nobody());

        t = pricedTerms();
        t.train = false;
        VM.expectRevert(abi.encodeWithSelector(PriceWithoutTraining.selector));
        nets.createNet(ABOUT, t, nobody());
    }

    function testWholeRevenueIsAllowed() public {
        Terms memory t = openTerms();
        t.revenuePpm = 1_000_000;
        eq(create(t), 1, "number");
    }

    function testUnknownTermsAreRefused() public {
        VM.expectRevert(abi.encodeWithSelector(DataNets.UnknownTerms.selector, DIGEST));
        nets.termsOf(DIGEST);
        VM.expectRevert(abi.encodeWithSelector(DataNets.UnknownTerms.selector, bytes32(0)));
        nets.termsOf(0);
    }

    function testOnlyTheOwnerSetsTerms() public {
        uint64 id = create(openTerms());
        VM.prank(OWNER);
        nets.setCurator(id, BUYER, true);
        VM.expectRevert(abi.encodeWithSelector(DataNets.NotOwner.selector, id, BUYER));
        VM.prank(BUYER);
        nets.setTerms(id, pricedTerms());
    }

    function testNewTermsHoldForLaterVersionsOnly() public {
        uint64 id = create(openTerms());
        VM.startPrank(OWNER);
        nets.publishVersion(id, ROOT, DIGEST, 10);
        bytes32 digest = nets.digestOf(pricedTerms());
        VM.expectEmit();
        emit DataNets.TermsChanged(id, digest, pricedTerms());
        nets.setTerms(id, pricedTerms());
        nets.publishVersion(id, ROOT, keccak256("2"), 20);
        VM.stopPrank();

        eq(nets.version(id, 1).terms, nets.digestOf(openTerms()), "version 1");
        eq(nets.version(id, 2).terms, digest, "version 2");
        (address owner, bytes32 inForce, Terms memory terms) = nets.offer(id);
        eq(owner, OWNER, "offer owner");
        eq(inForce, digest, "offer digest");
        eq(terms.price, 5 ether, "offer price");
        eq(nets.termsOf(nets.version(id, 1).terms).price, 0, "the first terms can still be read");
    }

    function testSameTermsAreNoChange() public {
        uint64 id = create(openTerms());
        bytes memory same =
            abi.encodeWithSelector(DataNets.SameTerms.selector, id, nets.digestOf(openTerms()));
        VM.expectRevert(same);
        VM.prank(OWNER);
        nets.setTerms(id, openTerms());
    }

    // Curators.

    function testCuratorsPublishUntilTheyAreRemoved() public {
        uint64 id = create(openTerms());
        VM.expectEmit();
        emit DataNets.CuratorSet(id, BUYER, true);
        VM.prank(OWNER);
        nets.setCurator(id, BUYER, true);
        VM.prank(BUYER);
        nets.publishVersion(id, ROOT, DIGEST, 1);
        eq(nets.version(id, 1).publisher, BUYER, "publisher");

        VM.expectEmit();
        emit DataNets.CuratorSet(id, BUYER, false);
        VM.prank(OWNER);
        nets.setCurator(id, BUYER, false);
        VM.expectRevert(abi.encodeWithSelector(DataNets.NotCurator.selector, id, BUYER));
        VM.prank(BUYER);
        nets.publishVersion(id, ROOT, keccak256("2"), 1);
    }

    function testOnlyTheOwnerSetsCurators() public {
        uint64 id = create(openTerms());
        VM.expectRevert(abi.encodeWithSelector(DataNets.NotOwner.selector, id, BUYER));
        VM.prank(BUYER);
        nets.setCurator(id, BUYER, true);
    }

    function testCuratorOfOneNetIsNoneOfAnother() public {
        uint64 first = create(openTerms());
        uint64 second = create(openTerms());
        VM.prank(OWNER);
        nets.setCurator(first, BUYER, true);
        VM.expectRevert(abi.encodeWithSelector(DataNets.NotCurator.selector, second, BUYER));
        VM.prank(BUYER);
        nets.publishVersion(second, ROOT, DIGEST, 1);
    }

    // Versions.

    function testPublishRecordsEveryFact() public {
        uint64 id = create(pricedTerms());
        VM.warp(1_800_000_777);
        bytes32 terms = nets.digestOf(pricedTerms());
        VM.expectEmit();
        emit DataNets.VersionPublished(id, 1, OWNER, ROOT, DIGEST, terms, 48);
        VM.prank(OWNER);
        uint32 number = nets.publishVersion(id, ROOT, DIGEST, 48);

        eq(number, 1, "number");
        eq(nets.net(id).versions, 1, "count");
        Version memory v = nets.version(id, 1);
        eq(v.root, ROOT, "root");
        eq(v.digest, DIGEST, "digest");
        eq(v.terms, terms, "terms");
        eq(v.rows, 48, "rows");
        eq(v.published, 1_800_000_777, "published");
        eq(v.publisher, OWNER, "publisher");
    }

    function testPublishRefusesWhatSaysNothing() public {
        uint64 id = create(openTerms());
        VM.startPrank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(DataNets.EmptyDigest.selector));
        nets.publishVersion(id, 0, DIGEST, 1);
        VM.expectRevert(abi.encodeWithSelector(DataNets.EmptyDigest.selector));
        nets.publishVersion(id, ROOT, 0, 1);
        VM.expectRevert(abi.encodeWithSelector(DataNets.NoRows.selector));
        nets.publishVersion(id, ROOT, DIGEST, 0);
        VM.stopPrank();
    }

    function testTheSameVersionIsNotPublishedTwice() public {
        uint64 id = create(openTerms());
        VM.startPrank(OWNER);
        nets.publishVersion(id, ROOT, DIGEST, 1);
        VM.expectRevert(abi.encodeWithSelector(DataNets.SameVersion.selector, id, uint32(1)));
        nets.publishVersion(id, ROOT, DIGEST, 1);
        eq(nets.publishVersion(id, ROOT, keccak256("2"), 1), 2, "another manifest over the same rows");
        VM.stopPrank();
    }

    function testUnknownVersionIsRefused() public {
        uint64 id = create(openTerms());
        VM.expectRevert(abi.encodeWithSelector(DataNets.UnknownVersion.selector, id, uint32(1)));
        nets.version(id, 1);
        VM.expectRevert(abi.encodeWithSelector(DataNets.UnknownVersion.selector, id, uint32(1)));
        nets.holdsRow(id, 1, ROOT, OWNER, 1, new bytes32[](0));
    }

    // Contributions.

    function testContributionsAreNumberedWithinTheirNet() public {
        uint64 first = create(openTerms());
        uint64 second = create(openTerms());
        VM.expectEmit();
        emit DataNets.ContributionCommitted(first, 1, BUYER, ROOT, 12);
        VM.prank(BUYER);
        eq(nets.contribute(first, ROOT, 12), 1, "first");
        VM.expectEmit();
        emit DataNets.ContributionCommitted(first, 2, OTHER, DIGEST, 3);
        VM.prank(OTHER);
        eq(nets.contribute(first, DIGEST, 3), 2, "second");
        VM.prank(OTHER);
        eq(nets.contribute(second, DIGEST, 3), 1, "other net");
        eq(nets.contributionCount(first), 2, "count");
    }

    function testContributionRefusesWhatSaysNothing() public {
        uint64 id = create(openTerms());
        VM.expectRevert(abi.encodeWithSelector(DataNets.EmptyDigest.selector));
        nets.contribute(id, 0, 1);
        VM.expectRevert(abi.encodeWithSelector(DataNets.NoRows.selector));
        nets.contribute(id, ROOT, 0);
    }

    // Rows, against a tree made by the npm package @openzeppelin/merkle-tree (scripts/rows.mjs).

    function testRowsOfAnotherImplementationsTree() public {
        string memory json = VM.readFile("test/rows.json");
        bytes32[] memory rows = VM.parseJsonBytes32Array(json, ".rows");
        address[] memory contributors = VM.parseJsonAddressArray(json, ".contributors");
        uint256[] memory lengths = VM.parseJsonUintArray(json, ".lengths");
        uint64 id = create(openTerms());
        VM.prank(OWNER);
        nets.publishVersion(id, VM.parseJsonBytes32(json, ".root"), DIGEST, uint64(rows.length));

        yes(rows.length > 8, "the file has rows");
        for (uint256 i = 0; i < rows.length; ++i) {
            bytes32[] memory proof =
                VM.parseJsonBytes32Array(json, string.concat(".proofs[", VM.toString(i), "]"));
            yes(nets.holdsRow(id, 1, rows[i], contributors[i], lengths[i], proof), "row");
            yes(!nets.holdsRow(id, 1, rows[i], address(this), lengths[i], proof), "another's row");
            yes(!nets.holdsRow(id, 1, rows[i], contributors[i], lengths[i] + 1, proof), "longer row");
            yes(!nets.holdsRow(id, 1, keccak256("x"), contributors[i], lengths[i], proof), "other row");
            proof[0] ^= bytes32(uint256(1));
            yes(!nets.holdsRow(id, 1, rows[i], contributors[i], lengths[i], proof), "bent proof");
        }
    }

    // Fuzz.

    function testFuzzTermsAreKeptUnderTheirDigest(Terms memory t) public {
        t.revenuePpm = uint32(within(t.revenuePpm, 0, 1_000_000));
        if (t.price == 0) t.durationDays = 0;
        else if (t.durationDays == 0) t.durationDays = 1;
        if (t.price != 0) t.train = true;
        uint64 id = create(t);
        bytes32 digest = nets.net(id).terms;
        eq(digest, keccak256(abi.encode(t)), "digest");
        eq(keccak256(abi.encode(nets.termsOf(digest))), digest, "kept as given");
    }

    function testFuzzOneChangedFieldChangesTheDigest(Terms memory t, uint256 field, uint32 by) public view {
        VM.assume(by != 0);
        bytes32 before = nets.digestOf(t);
        field = within(field, 0, 9);
        if (field == 0) t.train = !t.train;
        if (field == 1) t.serve = !t.serve;
        if (field == 2) t.commercial = !t.commercial;
        if (field == 3) t.derivatives = !t.derivatives;
        if (field == 4) t.shareAlike = !t.shareAlike;
        if (field == 5) t.nameIt = !t.nameIt;
        if (field == 6) t.passOn = !t.passOn;
        if (field == 7) t.price ^= by;
        if (field == 8) t.durationDays ^= by;
        if (field == 9) t.revenuePpm ^= by;
        yes(nets.digestOf(t) != before, "digest");
    }

    function testFuzzStrangersPublishNothing(address stranger) public {
        VM.assume(stranger != OWNER);
        uint64 id = create(openTerms());
        VM.expectRevert(abi.encodeWithSelector(DataNets.NotCurator.selector, id, stranger));
        VM.prank(stranger);
        nets.publishVersion(id, ROOT, DIGEST, 1);
    }

    function testFuzzVersionsKeepTheirFacts(bytes32[8] memory roots, uint64[8] memory rows) public {
        uint64 id = create(closedTerms());
        for (uint256 i = 0; i < roots.length; ++i) {
            if (roots[i] == 0) roots[i] = ROOT;
            if (rows[i] == 0) rows[i] = 1;
            VM.warp(1_800_000_000 + i);
            VM.prank(OWNER);
            nets.publishVersion(id, roots[i], keccak256(abi.encode(i)), rows[i]);
        }
        for (uint32 i = 0; i < roots.length; ++i) {
            Version memory v = nets.version(id, i + 1);
            eq(v.root, roots[i], "root");
            eq(v.digest, keccak256(abi.encode(uint256(i))), "digest");
            eq(v.rows, rows[i], "rows");
            eq(v.published, 1_800_000_000 + uint256(i), "published");
        }
    }
}
