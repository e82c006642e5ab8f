// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {DataNets} from "../src/DataNets.sol";
import {Licences} from "../src/Licences.sol";
import {Terms} from "../src/Terms.sol";
import {Check} from "./Check.sol";
import {closedTerms, nobody, openTerms, pricedTerms} from "./Fixtures.sol";
import {ReentrantOwner, RevertingOwner} from "./Receivers.sol";

contract LicencesTest is Check {
    uint256 private constant START = 1_800_000_000;

    DataNets private nets;
    Licences private licences;
    uint64 private netId;
    bytes32 private digest;

    function setUp() public {
        VM.warp(START);
        nets = new DataNets();
        licences = new Licences(nets);
        digest = nets.digestOf(pricedTerms());
        netId = create(pricedTerms());
        publish(netId, 1);
        VM.deal(BUYER, 1000 ether);
        VM.deal(OTHER, 1000 ether);
    }

    function create(Terms memory terms) private returns (uint64) {
        VM.prank(OWNER);
        return nets.createNet(keccak256("about"), terms, nobody());
    }

    function publish(uint64 id, uint256 seed) private {
        VM.prank(OWNER);
        nets.publishVersion(id, keccak256(abi.encode("root", seed)), keccak256(abi.encode("d", seed)), 10);
    }

    function setTerms(uint64 id, Terms memory terms) private {
        VM.prank(OWNER);
        nets.setTerms(id, terms);
    }

    function buy(address account) private returns (uint64) {
        VM.prank(account);
        return licences.buy{value: 5 ether}(netId, digest);
    }

    function testItKnowsItsNets() public view {
        eq(address(licences.nets()), address(nets), "nets");
    }

    // Buying.

    function testBuyRecordsEveryFact() public {
        uint64 want = uint64(START + 30 days);
        VM.expectEmit();
        emit Licences.LicenceBought(BUYER, netId, digest, OWNER, 5 ether, want);
        eq(buy(BUYER), want, "until");
        eq(licences.validUntil(BUYER, netId), want, "validUntil");
        eq(licences.validUntilOn(BUYER, netId, digest), want, "validUntilOn");
        eq(licences.claimable(OWNER), 5 ether, "claimable");
        eq(address(licences).balance, 5 ether, "balance");
        eq(BUYER.balance, 995 ether, "buyer");
        eq(OWNER.balance, 0, "nothing is pushed");
    }

    function testBuyingAgainExtends() public {
        buy(BUYER);
        VM.warp(START + 10 days);
        eq(buy(BUYER), START + 60 days, "added to what is left");
        eq(licences.validUntil(BUYER, netId), START + 60 days, "validUntil");
        eq(licences.claimable(OWNER), 10 ether, "claimable");
    }

    function testBuyingAfterTheEndStartsNow() public {
        buy(BUYER);
        VM.warp(START + 100 days);
        eq(buy(BUYER), START + 130 days, "from now");
    }

    function testBuyingAtTheVeryEndStartsNow() public {
        buy(BUYER);
        VM.warp(START + 30 days);
        eq(buy(BUYER), START + 60 days, "no second lost or given");
    }

    function testWrongValueIsRefused() public {
        VM.startPrank(BUYER);
        VM.expectRevert(
            abi.encodeWithSelector(Licences.WrongValue.selector, uint256(5 ether - 1), uint256(5 ether))
        );
        licences.buy{value: 5 ether - 1}(netId, digest);
        VM.expectRevert(
            abi.encodeWithSelector(Licences.WrongValue.selector, uint256(5 ether + 1), uint256(5 ether))
        );
        licences.buy{value: 5 ether + 1}(netId, digest);
        VM.expectRevert(abi.encodeWithSelector(Licences.WrongValue.selector, uint256(0), uint256(5 ether)));
        licences.buy(netId, digest);
        VM.stopPrank();
        eq(licences.validUntil(BUYER, netId), 0, "no licence");
        eq(address(licences).balance, 0, "no coin");
    }

    function testTermsThatChangedBeforeThePurchaseAreRefused() public {
        Terms memory dearer = pricedTerms();
        dearer.price = 6 ether;
        setTerms(netId, dearer);
        bytes32 inForce = nets.digestOf(dearer);
        VM.expectRevert(abi.encodeWithSelector(Licences.TermsChanged.selector, netId, digest, inForce));
        VM.prank(BUYER);
        licences.buy{value: 6 ether}(netId, digest);
    }

    function testWhatIsNotSoldCannotBeBought() public {
        uint64 free = create(openTerms());
        bytes32 openDigest = nets.digestOf(openTerms());
        VM.expectRevert(abi.encodeWithSelector(Licences.NotForSale.selector, free));
        licences.buy(free, openDigest);
        uint64 closed = create(closedTerms());
        bytes32 closedDigest = nets.digestOf(closedTerms());
        VM.expectRevert(abi.encodeWithSelector(Licences.NotForSale.selector, closed));
        licences.buy(closed, closedDigest);
    }

    function testUnknownNetCannotBeBought() public {
        VM.expectRevert(abi.encodeWithSelector(DataNets.UnknownNet.selector, uint64(9)));
        licences.buy(9, digest);
    }

    function testCoinSentWithoutAPurchaseIsRefused() public {
        VM.prank(BUYER);
        (bool sent,) = address(licences).call{value: 1 ether}("");
        yes(!sent, "no coin without a purchase");
    }

    function testRenewalAfterAChangeOfTermsHoldsBoth() public {
        buy(BUYER);
        Terms memory stricter = pricedTerms();
        stricter.commercial = false;
        stricter.price = 1 ether;
        stricter.durationDays = 10;
        setTerms(netId, stricter);
        bytes32 second = nets.digestOf(stricter);
        VM.prank(BUYER);
        eq(licences.buy{value: 1 ether}(netId, second), START + 40 days, "added to what is left");
        eq(licences.validUntilOn(BUYER, netId, digest), START + 30 days, "the first terms still hold");
        eq(licences.validUntilOn(BUYER, netId, second), START + 40 days, "the second terms");
        eq(licences.validUntil(BUYER, netId), START + 40 days, "validUntil");
    }

    // Who may train.

    function testLicenceCoversUntilItEnds() public {
        yes(!licences.covers(BUYER, netId, 1), "before");
        buy(BUYER);
        yes(licences.covers(BUYER, netId, 1), "bought");
        VM.warp(START + 30 days - 1);
        yes(licences.covers(BUYER, netId, 1), "last second");
        VM.warp(START + 30 days);
        yes(!licences.covers(BUYER, netId, 1), "ended");
    }

    function testLicenceIsOfOneAccountAndOneNet() public {
        uint64 another = create(pricedTerms());
        publish(another, 1);
        buy(BUYER);
        yes(!licences.covers(OTHER, netId, 1), "another account");
        yes(!licences.covers(BUYER, another, 1), "another net on the same terms");
    }

    function testLicenceCoversVersionsPublishedBeforeItEnds() public {
        publish(netId, 2);
        buy(BUYER);
        VM.warp(START + 29 days);
        Terms memory dearer = pricedTerms();
        dearer.price = 50 ether;
        setTerms(netId, dearer);
        publish(netId, 3);
        yes(licences.covers(BUYER, netId, 2), "published before the purchase");
        yes(licences.covers(BUYER, netId, 3), "published while it ran, on other terms");
        VM.warp(START + 31 days);
        publish(netId, 4);
        yes(!licences.covers(BUYER, netId, 4), "published after the end");
        yes(!licences.covers(BUYER, netId, 3), "ended");
    }

    function testOpenVersionsNeedNoLicenceEver() public {
        uint64 free = create(openTerms());
        publish(free, 1);
        yes(licences.covers(OTHER, free, 1), "open");
        setTerms(free, pricedTerms());
        publish(free, 2);
        yes(licences.covers(OTHER, free, 1), "an open version stays open");
        yes(!licences.covers(OTHER, free, 2), "the priced one needs a licence");
    }

    function testPricedVersionsStayPricedWhenTheNetOpens() public {
        setTerms(netId, openTerms());
        publish(netId, 2);
        yes(!licences.covers(OTHER, netId, 1), "published priced");
        yes(licences.covers(OTHER, netId, 2), "published open");
    }

    function testFreeButClosedNeedsAGrant() public {
        uint64 closed = create(closedTerms());
        publish(closed, 1);
        yes(!licences.covers(BUYER, closed, 1), "closed");
        VM.prank(OWNER);
        licences.grant(closed, BUYER, uint64(START + 1));
        yes(licences.covers(BUYER, closed, 1), "granted");
    }

    function testTheOwnerNeedsNoLicence() public view {
        yes(licences.covers(OWNER, netId, 1), "owner");
    }

    function testUnknownVersionsAreCoveredForNobody() public {
        buy(BUYER);
        VM.expectRevert(abi.encodeWithSelector(DataNets.UnknownVersion.selector, netId, uint32(2)));
        licences.covers(BUYER, netId, 2);
        VM.expectRevert(abi.encodeWithSelector(DataNets.UnknownVersion.selector, netId, uint32(0)));
        licences.covers(OWNER, netId, 0);
    }

    // Granting.

    function testGrantRecordsEveryFact() public {
        VM.expectEmit();
        emit Licences.LicenceGranted(BUYER, netId, digest, uint64(START + 7 days));
        VM.prank(OWNER);
        licences.grant(netId, BUYER, uint64(START + 7 days));
        eq(licences.validUntil(BUYER, netId), START + 7 days, "validUntil");
        eq(licences.validUntilOn(BUYER, netId, digest), START + 7 days, "validUntilOn");
        eq(licences.claimable(OWNER), 0, "no money");
        eq(buy(BUYER), START + 37 days, "a purchase adds to a grant");
    }

    function testGrantIsTheOwners() public {
        VM.expectRevert(abi.encodeWithSelector(Licences.NotOwner.selector, netId, BUYER));
        VM.prank(BUYER);
        licences.grant(netId, BUYER, uint64(START + 7 days));
    }

    function testGrantNeverShortens() public {
        buy(BUYER);
        VM.startPrank(OWNER);
        for (uint64 until = uint64(START + 30 days) - 1; until <= START + 30 days; ++until) {
            VM.expectRevert(
                abi.encodeWithSelector(Licences.NotLonger.selector, uint64(START + 30 days), until)
            );
            licences.grant(netId, BUYER, until);
        }
        VM.expectRevert(abi.encodeWithSelector(Licences.NotLonger.selector, uint64(0), uint64(START)));
        licences.grant(netId, OTHER, uint64(START));
        VM.stopPrank();
    }

    // Proceeds.

    function testOwnerDrawsProceedsOnce() public {
        buy(BUYER);
        buy(OTHER);
        address payable to = payable(address(0xBA4C));
        VM.expectEmit();
        emit Licences.Withdrawn(OWNER, to, 10 ether);
        VM.startPrank(OWNER);
        eq(licences.withdraw(to), 10 ether, "amount");
        eq(to.balance, 10 ether, "received");
        eq(licences.claimable(OWNER), 0, "claimable");
        VM.expectRevert(abi.encodeWithSelector(Licences.NothingToWithdraw.selector, OWNER));
        licences.withdraw(to);
        VM.stopPrank();
    }

    function testStrangersDrawNothing() public {
        buy(BUYER);
        VM.expectRevert(abi.encodeWithSelector(Licences.NothingToWithdraw.selector, BUYER));
        VM.prank(BUYER);
        licences.withdraw(payable(BUYER));
    }

    function testReentrantOwnerIsPaidOnce() public {
        ReentrantOwner owner = new ReentrantOwner(licences);
        netId = owner.createNet(nets, keccak256("trap"), pricedTerms());
        uint64 honest = create(pricedTerms());
        buy(BUYER);
        VM.prank(OTHER);
        licences.buy{value: 5 ether}(honest, digest);

        eq(owner.withdraw(), 5 ether, "amount");
        eq(owner.tries(), 1, "it tried");
        eq(
            keccak256(owner.answer()),
            keccak256(abi.encodeWithSelector(Licences.NothingToWithdraw.selector, address(owner))),
            "answer"
        );
        eq(address(owner).balance, 5 ether, "its own proceeds only");
        eq(address(licences).balance, 5 ether, "the other owner's stay");
    }

    function testOwnerThatCannotReceiveStopsNobody() public {
        RevertingOwner owner = new RevertingOwner();
        netId = owner.createNet(nets, keccak256("wall"), pricedTerms());
        eq(buy(BUYER), START + 30 days, "its licence is sold all the same");
        VM.expectRevert(abi.encodeWithSelector(RevertingOwner.NoCoinHere.selector));
        owner.withdrawTo(licences, payable(address(owner)));
        eq(licences.claimable(address(owner)), 5 ether, "nothing is lost");
        eq(owner.withdrawTo(licences, payable(OTHER)), 5 ether, "sent elsewhere");
        eq(OTHER.balance, 1005 ether, "received");
    }

    // Fuzz.

    function testFuzzOnlyThePriceBuys(uint128 price, uint256 value) public {
        VM.assume(price != 0 && value != price);
        Terms memory t = pricedTerms();
        t.price = price;
        uint64 id = create(t);
        bytes32 terms = nets.digestOf(t);
        VM.deal(BUYER, type(uint256).max);
        VM.expectRevert(abi.encodeWithSelector(Licences.WrongValue.selector, value, uint256(price)));
        VM.prank(BUYER);
        licences.buy{value: value}(id, terms);
    }

    function testFuzzEveryPurchaseAddsOnePeriod(uint32 period, uint32[5] memory waits) public {
        Terms memory t = pricedTerms();
        t.durationDays = uint32(within(period, 1, type(uint32).max));
        uint64 id = create(t);
        bytes32 terms = nets.digestOf(t);
        uint256 now_ = START;
        uint256 until = 0;
        for (uint256 i = 0; i < waits.length; ++i) {
            now_ += waits[i];
            VM.warp(now_);
            until = (until > now_ ? until : now_) + uint256(t.durationDays) * 86400;
            VM.prank(BUYER);
            eq(licences.buy{value: 5 ether}(id, terms), until, "until");
        }
        eq(licences.claimable(OWNER), 25 ether, "claimable");
    }

    function testFuzzCoversExactlyUntilTheEnd(uint64 time) public {
        uint64 until = buy(BUYER);
        VM.warp(time);
        yes(licences.covers(BUYER, netId, 1) == (time < until), "covers");
    }
}
