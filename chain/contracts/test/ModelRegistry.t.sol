// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Model, ModelRegistry} from "../src/ModelRegistry.sol";
import {Check} from "./Check.sol";

contract ModelRegistryTest is Check {
    bytes32 private constant MANIFEST = keccak256("manifest");
    bytes32 private constant TERMS = keccak256("terms");

    ModelRegistry private registry;

    function setUp() public {
        VM.warp(1_800_000_000);
        registry = new ModelRegistry();
    }

    function none() private pure returns (uint64[] memory) {
        return new uint64[](0);
    }

    function list(uint64 a, uint64 b) private pure returns (uint64[] memory ids) {
        ids = new uint64[](2);
        (ids[0], ids[1]) = (a, b);
    }

    function one(uint64 a) private pure returns (uint64[] memory ids) {
        ids = new uint64[](1);
        ids[0] = a;
    }

    function manifest(uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode(i));
    }

    /// @dev Registers models 1..count in OWNER's name.
    function fill(uint256 count) private {
        VM.startPrank(OWNER);
        for (uint256 i = 1; i <= count; ++i) {
            registry.register(manifest(i), none(), 0, 0);
        }
        VM.stopPrank();
    }

    // Registering.

    function testRegisterRecordsEveryFact() public {
        fill(3);
        VM.warp(1_800_000_123);
        VM.expectEmit();
        emit ModelRegistry.ModelRegistered(4, OWNER, MANIFEST, list(1, 3), 2, TERMS);
        VM.prank(OWNER);
        uint64 id = registry.register(MANIFEST, list(1, 3), 2, TERMS);

        eq(id, 4, "number");
        eq(registry.modelCount(), 4, "count");
        eq(registry.idOf(OWNER, MANIFEST), 4, "idOf");
        Model memory m = registry.model(id);
        eq(m.manifest, MANIFEST, "manifest");
        eq(m.owner, OWNER, "owner");
        eq(m.created, 1_800_000_123, "created");
        eq(m.withdrawn, 0, "withdrawn");
        eq(m.supersedes, 2, "supersedes");
        eq(m.terms, TERMS, "terms");
        eq(m.parents.length, 2, "parents");
        eq(m.parents[0], 1, "first parent");
        eq(m.parents[1], 3, "second parent");
    }

    function testFirstModelIsNumberOne() public {
        VM.prank(OWNER);
        eq(registry.register(MANIFEST, none(), 0, 0), 1, "number");
        Model memory m = registry.model(1);
        eq(m.parents.length, 0, "parents");
        eq(m.terms, 0, "terms");
        eq(m.supersedes, 0, "supersedes");
    }

    function testEmptyManifestIsRefused() public {
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.EmptyManifest.selector));
        registry.register(0, none(), 0, 0);
    }

    function testAManifestIsRegisteredOncePerOwner() public {
        VM.startPrank(OWNER);
        registry.register(MANIFEST, none(), 0, 0);
        VM.expectRevert(
            abi.encodeWithSelector(ModelRegistry.AlreadyRegistered.selector, OWNER, MANIFEST, uint64(1))
        );
        registry.register(MANIFEST, none(), 0, TERMS);
        VM.stopPrank();
        // A copy of somebody's digest gains nothing and takes nothing away.
        VM.prank(OTHER);
        eq(registry.register(MANIFEST, none(), 0, 0), 2, "another owner");
        eq(registry.idOf(OWNER, MANIFEST), 1, "the owner's");
        eq(registry.idOf(OTHER, MANIFEST), 2, "the other's");
    }

    // Parents.

    function testSixteenParentsAreKeptInOrder() public {
        fill(16);
        uint64[] memory parents = new uint64[](16);
        for (uint64 i = 0; i < 16; ++i) {
            parents[i] = i + 1;
        }
        uint64 id = registry.register(MANIFEST, parents, 0, 0);
        uint64[] memory kept = registry.model(id).parents;
        eq(kept.length, 16, "count");
        for (uint64 i = 0; i < 16; ++i) {
            eq(kept[i], i + 1, "parent");
        }
    }

    function testSeventeenParentsAreRefused() public {
        fill(17);
        uint64[] memory parents = new uint64[](17);
        for (uint64 i = 0; i < 17; ++i) {
            parents[i] = i + 1;
        }
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.TooManyParents.selector, uint256(17)));
        registry.register(MANIFEST, parents, 0, 0);
    }

    function testParentsMustBeRegisteredAlready() public {
        fill(2);
        // 3 is the number the model itself would get: nobody is his own parent.
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.UnknownModel.selector, uint64(3)));
        registry.register(MANIFEST, list(1, 3), 0, 0);
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.UnknownModel.selector, uint64(99)));
        registry.register(MANIFEST, one(99), 0, 0);
    }

    function testParentsMustAscend() public {
        fill(2);
        VM.expectRevert(
            abi.encodeWithSelector(ModelRegistry.ParentsNotAscending.selector, uint64(2), uint64(1))
        );
        registry.register(MANIFEST, list(2, 1), 0, 0);
        VM.expectRevert(
            abi.encodeWithSelector(ModelRegistry.ParentsNotAscending.selector, uint64(2), uint64(2))
        );
        registry.register(MANIFEST, list(2, 2), 0, 0);
        VM.expectRevert(
            abi.encodeWithSelector(ModelRegistry.ParentsNotAscending.selector, uint64(0), uint64(0))
        );
        registry.register(MANIFEST, one(0), 0, 0);
    }

    function testAnothersModelMayBeAParent() public {
        fill(1);
        VM.prank(OTHER);
        uint64 id = registry.register(MANIFEST, one(1), 0, 0);
        eq(registry.model(id).parents[0], 1, "parent");
    }

    // Superseding.

    function testOnlyTheOwnerSupersedes() public {
        fill(1);
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.NotOwner.selector, uint64(1), OTHER));
        VM.prank(OTHER);
        registry.register(MANIFEST, none(), 1, 0);
    }

    function testUnknownModelsAreNotSuperseded() public {
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.UnknownModel.selector, uint64(1)));
        registry.register(MANIFEST, none(), 1, 0);
    }

    // Reading.

    function testUnknownModelIsRefused() public {
        fill(1);
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.UnknownModel.selector, uint64(2)));
        registry.model(2);
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.UnknownModel.selector, uint64(0)));
        registry.model(0);
    }

    function testModelByManifest() public {
        fill(1);
        VM.prank(OTHER);
        registry.register(MANIFEST, one(1), 0, TERMS);
        (uint64 id, Model memory m) = registry.modelByManifest(OTHER, MANIFEST);
        eq(id, 2, "number");
        eq(m.owner, OTHER, "owner");
        eq(m.terms, TERMS, "terms");
        eq(m.parents[0], 1, "parent");
        (id, m) = registry.modelByManifest(OWNER, MANIFEST);
        eq(id, 0, "none");
        eq(m.owner, address(0), "no owner");
    }

    // Withdrawing.

    function testWithdrawKeepsTheRecord() public {
        fill(2);
        VM.warp(1_800_000_999);
        VM.expectEmit();
        emit ModelRegistry.ModelWithdrawn(1, OWNER, "trained on the wrong file");
        VM.prank(OWNER);
        registry.withdraw(1, "trained on the wrong file");

        Model memory m = registry.model(1);
        eq(m.withdrawn, 1_800_000_999, "withdrawn");
        eq(m.manifest, manifest(1), "manifest");
        eq(m.owner, OWNER, "owner");
        eq(m.created, 1_800_000_000, "created");
        eq(registry.idOf(OWNER, manifest(1)), 1, "idOf");
        eq(registry.model(2).withdrawn, 0, "another model");
        // Its place stays taken, and it can still be named as a parent.
        VM.startPrank(OWNER);
        VM.expectRevert(
            abi.encodeWithSelector(ModelRegistry.AlreadyRegistered.selector, OWNER, manifest(1), uint64(1))
        );
        registry.register(manifest(1), none(), 0, 0);
        eq(registry.register(MANIFEST, one(1), 1, 0), 3, "child");
        VM.stopPrank();
    }

    function testWithdrawIsTheOwnersAndOnce() public {
        fill(1);
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.NotOwner.selector, uint64(1), OTHER));
        VM.prank(OTHER);
        registry.withdraw(1, "");
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.UnknownModel.selector, uint64(2)));
        VM.prank(OWNER);
        registry.withdraw(2, "");
        VM.startPrank(OWNER);
        registry.withdraw(1, "");
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.AlreadyWithdrawn.selector, uint64(1)));
        registry.withdraw(1, "");
        VM.stopPrank();
    }

    function testReasonsAreShort() public {
        fill(2);
        VM.startPrank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(ModelRegistry.ReasonTooLong.selector, uint256(281)));
        registry.withdraw(1, string(new bytes(281)));
        registry.withdraw(1, string(new bytes(280)));
        VM.stopPrank();
    }

    // Fuzz.

    function testFuzzWhatIsKeptIsWhatWasGiven(uint256 picks, bytes32 digest, bytes32 terms, bool replace)
        public
    {
        VM.assume(digest != 0);
        fill(24);
        for (uint256 i = 1; i <= 24; ++i) {
            VM.assume(digest != manifest(i));
        }
        // The lowest 24 bits of picks choose the parents; more than sixteen are cut off.
        uint64[] memory all = new uint64[](16);
        uint256 count = 0;
        for (uint64 i = 0; i < 24 && count < 16; ++i) {
            if (picks >> i & 1 == 1) all[count++] = i + 1;
        }
        uint64[] memory parents = new uint64[](count);
        for (uint256 i = 0; i < count; ++i) {
            parents[i] = all[i];
        }
        uint64 supersedes = replace ? uint64(within(picks >> 32, 1, 24)) : 0;

        VM.prank(OWNER);
        uint64 id = registry.register(digest, parents, supersedes, terms);
        Model memory m = registry.model(id);
        eq(id, 25, "number");
        eq(m.manifest, digest, "manifest");
        eq(m.terms, terms, "terms");
        eq(m.supersedes, supersedes, "supersedes");
        eq(keccak256(abi.encode(m.parents)), keccak256(abi.encode(parents)), "parents");
    }

    function testFuzzParentsAreAlwaysOlder(uint64[] memory parents) public {
        fill(4);
        bool good = parents.length <= 16;
        for (uint256 i = 0; i < parents.length && good; ++i) {
            // Half of the numbers are made small, so that good lists occur.
            if (parents[i] % 2 == 0) parents[i] = uint64(within(parents[i], 0, 5));
            good = parents[i] >= 1 && parents[i] <= 4 && (i == 0 || parents[i] > parents[i - 1]);
        }
        if (!good) VM.expectRevert();
        registry.register(MANIFEST, parents, 0, 0);
    }
}
