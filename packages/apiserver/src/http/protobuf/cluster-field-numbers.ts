/** Field numbers of the groups that describe and guard the cluster, in the notation of `messageOf`. Source: the protobuf tags of k8s.io/api and k8s.io/apimachinery. */
export const clusterFieldNumbers = `
AdmissionregistrationV1ServiceReference namespace=1! name=2! path=3! port=4!
AdmissionregistrationV1WebhookClientConfig url=3! service=1 caBundle=2
AggregationRule clusterRoleSelectors=1
AuditAnnotation key=1! valueExpression=2!
CSIDriver metadata=1 spec=2
CSIDriverList metadata=1 items=2
CSIDriverSpec attachRequired=1! podInfoOnMount=2! volumeLifecycleModes=3 storageCapacity=4! fsGroupPolicy=5! tokenRequests=6
  requiresRepublish=7! seLinuxMount=8! nodeAllocatableUpdatePeriodSeconds=9!
CSINode metadata=1 spec=2
CSINodeDriver name=1! nodeID=2! topologyKeys=3 allocatable=4
CSINodeList metadata=1 items=2
CSINodeSpec drivers=1
CSIStorageCapacity metadata=1 nodeTopology=2 storageClassName=3! capacity=4! maximumVolumeSize=5!
CSIStorageCapacityList metadata=1 items=2
CertificateSigningRequest metadata=1 spec=2 status=3
CertificateSigningRequestCondition type=1! status=6! reason=2 message=3 lastUpdateTime=4 lastTransitionTime=5
CertificateSigningRequestList metadata=1 items=2
CertificateSigningRequestSpec request=1 signerName=7! expirationSeconds=8! usages=5 username=2 uid=3 groups=4 extra=6
CertificateSigningRequestStatus conditions=1 certificate=2
ClusterRole metadata=1 rules=2 aggregationRule=3
ClusterRoleBinding metadata=1 subjects=2 roleRef=3
ClusterRoleBindingList metadata=1 items=2
ClusterRoleList metadata=1 items=2
DiscoveryV1EndpointPort name=1! protocol=2! port=3! appProtocol=4!
Endpoint addresses=1 conditions=2 hostname=3! targetRef=4 deprecatedTopology=5 nodeName=6! zone=7! hints=8
EndpointConditions ready=1! serving=2! terminating=3!
EndpointHints forZones=1 forNodes=2
EndpointSlice metadata=1 addressType=4! endpoints=2 ports=3
EndpointSliceList metadata=1 items=2
EventsV1Event metadata=1 eventTime=2 series=3 reportingController=4 reportingInstance=5 action=6 reason=7 regarding=8
  related=9 note=10 type=11 deprecatedSource=12 deprecatedFirstTimestamp=13 deprecatedLastTimestamp=14 deprecatedCount=15
EventsV1EventList metadata=1 items=2
EventsV1EventSeries count=1! lastObservedTime=2
ExemptPriorityLevelConfiguration nominalConcurrencyShares=1! lendablePercent=2!
ExpressionWarning fieldRef=2! warning=3!
FlowDistinguisherMethod type=1!
FlowSchema metadata=1 spec=2 status=3
FlowSchemaCondition type=1 status=2 lastTransitionTime=3 reason=4 message=5
FlowSchemaList metadata=1 items=2
FlowSchemaSpec priorityLevelConfiguration=1 matchingPrecedence=2! distinguisherMethod=3 rules=4
FlowSchemaStatus conditions=1
FlowcontrolV1Subject kind=1! user=2 group=3 serviceAccount=4
ForNode name=1!
ForZone name=1!
GroupSubject name=1!
HTTPIngressPath path=1 pathType=3! backend=2
HTTPIngressRuleValue paths=1
IPAddress metadata=1 spec=2
IPAddressList metadata=1 items=2
IPAddressSpec parentRef=1
IPBlock cidr=1! except=2
Ingress metadata=1 spec=2 status=3
IngressBackend service=4 resource=3
IngressClass metadata=1 spec=2
IngressClassList metadata=1 items=2
IngressClassParametersReference apiGroup=1! kind=2! name=3! scope=4! namespace=5!
IngressClassSpec controller=1 parameters=2
IngressList metadata=1 items=2
IngressLoadBalancerIngress ip=1 hostname=2 ports=4
IngressLoadBalancerStatus ingress=1
IngressPortStatus port=1! protocol=2! error=3!
IngressRule host=1 http=2.1
IngressServiceBackend name=1! port=2
IngressSpec ingressClassName=4! defaultBackend=1 tls=2 rules=3
IngressStatus loadBalancer=1
IngressTLS hosts=1 secretName=2
Lease metadata=1 spec=2
LeaseList metadata=1 items=2
LeaseSpec holderIdentity=1! leaseDurationSeconds=2! acquireTime=3 renewTime=4 leaseTransitions=5! strategy=6!
  preferredHolder=7!
LimitResponse type=1! queuing=2
LimitedPriorityLevelConfiguration nominalConcurrencyShares=1! limitResponse=2 lendablePercent=3! borrowingLimitPercent=4!
MatchCondition name=1! expression=2!
MatchResources namespaceSelector=1 objectSelector=2 resourceRules=3 excludeResourceRules=4 matchPolicy=7!
MutatingWebhook name=1! clientConfig=2 rules=3 failurePolicy=4! matchPolicy=9! namespaceSelector=5 objectSelector=11
  sideEffects=6! timeoutSeconds=7! admissionReviewVersions=8 reinvocationPolicy=10! matchConditions=12
MutatingWebhookConfiguration metadata=1 webhooks=2
MutatingWebhookConfigurationList metadata=1 items=2
NamedRuleWithOperations resourceNames=1 operations=2.1 apiGroups=2.2.1 apiVersions=2.2.2 resources=2.2.3 scope=2.2.4!
NetworkPolicy metadata=1 spec=2
NetworkPolicyEgressRule ports=1 to=2
NetworkPolicyIngressRule ports=1 from=2
NetworkPolicyList metadata=1 items=2
NetworkPolicyPeer podSelector=1 namespaceSelector=2 ipBlock=3
NetworkPolicyPort protocol=1! port=2 endPort=3!
NetworkPolicySpec podSelector=1 ingress=2 egress=3 policyTypes=4
NonResourcePolicyRule verbs=1 nonResourceURLs=6
Overhead podFixed=1
ParamKind apiVersion=1 kind=2
ParamRef name=1 namespace=2 selector=3 parameterNotFoundAction=4!
ParentReference group=1 resource=2 namespace=3 name=4
PolicyRule verbs=1 apiGroups=2 resources=3 resourceNames=4 nonResourceURLs=5
PolicyRulesWithSubjects subjects=1 resourceRules=2 nonResourceRules=3
PriorityLevelConfiguration metadata=1 spec=2 status=3
PriorityLevelConfigurationCondition type=1 status=2 lastTransitionTime=3 reason=4 message=5
PriorityLevelConfigurationList metadata=1 items=2
PriorityLevelConfigurationReference name=1!
PriorityLevelConfigurationSpec type=1! limited=2 exempt=3
PriorityLevelConfigurationStatus conditions=1
QueuingConfiguration queues=1! handSize=2! queueLengthLimit=3!
ResourcePolicyRule verbs=1 apiGroups=2 resources=3 clusterScope=4 namespaces=5
Role metadata=1 rules=2
RoleBinding metadata=1 subjects=2 roleRef=3
RoleBindingList metadata=1 items=2
RoleList metadata=1 items=2
RoleRef apiGroup=1! kind=2! name=3!
RuleWithOperations operations=1 apiGroups=2.1 apiVersions=2.2 resources=2.3 scope=2.4!
APIService metadata=1 spec=2 status=3
APIServiceList metadata=1 items=2
APIServiceSpec service=1 group=2 version=3 insecureSkipTLSVerify=4 caBundle=5 groupPriorityMinimum=7! versionPriority=8!
APIServiceStatus conditions=1
APIServiceCondition type=1! status=2! lastTransitionTime=3 reason=4 message=5
ApiregistrationV1ServiceReference namespace=1 name=2 port=3
RuntimeClass metadata=1 handler=2! overhead=3 scheduling=4
RuntimeClassList metadata=1 items=2
Scheduling nodeSelector=1 tolerations=2
ServiceAccountSubject namespace=1! name=2!
ServiceBackendPort name=1 number=2
ServiceCIDR metadata=1 spec=2 status=3
ServiceCIDRList metadata=1 items=2
ServiceCIDRSpec cidrs=1
ServiceCIDRStatus conditions=1
StorageClass metadata=1 provisioner=2! parameters=3 reclaimPolicy=4! mountOptions=5 allowVolumeExpansion=6!
  volumeBindingMode=7! allowedTopologies=8
StorageClassList metadata=1 items=2
StorageV1TokenRequest audience=1! expirationSeconds=2!
Subject kind=1! apiGroup=2 name=3! namespace=4
TypeChecking expressionWarnings=1
UserSubject name=1!
ValidatingAdmissionPolicy metadata=1 spec=2 status=3
ValidatingAdmissionPolicyBinding metadata=1 spec=2
ValidatingAdmissionPolicyBindingList metadata=1 items=2
ValidatingAdmissionPolicyBindingSpec policyName=1 paramRef=2 matchResources=3 validationActions=4
ValidatingAdmissionPolicyList metadata=1 items=2
ValidatingAdmissionPolicySpec paramKind=1 matchConstraints=2 validations=3 failurePolicy=4! auditAnnotations=5
  matchConditions=6 variables=7
ValidatingAdmissionPolicyStatus observedGeneration=1 typeChecking=2 conditions=3
ValidatingWebhook name=1! clientConfig=2 rules=3 failurePolicy=4! matchPolicy=9! namespaceSelector=5 objectSelector=10
  sideEffects=6! timeoutSeconds=7! admissionReviewVersions=8 matchConditions=11
ValidatingWebhookConfiguration metadata=1 webhooks=2
ValidatingWebhookConfigurationList metadata=1 items=2
Validation expression=1! message=2 reason=3! messageExpression=4
Variable name=1! expression=2!
VolumeAttachment metadata=1 spec=2 status=3
VolumeAttachmentList metadata=1 items=2
VolumeAttachmentSource persistentVolumeName=1! inlineVolumeSpec=2
VolumeAttachmentSpec attacher=1! source=2 nodeName=3!
VolumeAttachmentStatus attached=1! attachmentMetadata=2 attachError=3 detachError=4
VolumeAttributesClass metadata=1 driverName=2! parameters=3
VolumeAttributesClassList metadata=1 items=2
VolumeError time=1 message=2 errorCode=3!
VolumeNodeResources count=1!
`;
