//! Names that nothing knows: mostly misspelt, and then left out without a word.

use super::refused::is_flow_node;
use super::{MAX_PROBLEMS, Reader};
use crate::model::xml::{Element, Namespace};
use crate::value::near::did_you_mean;

/// The elements of BPMN 2.0.
const ELEMENTS: &str = "\
    activationCondition adHocSubProcess artifact assignment association auditing boundaryEvent \
    businessRuleTask callActivity callChoreography callConversation callableElement \
    cancelEventDefinition category categoryValue categoryValueRef childLaneSet choreography \
    choreographyRef choreographyTask collaboration compensateEventDefinition completionCondition \
    complexBehaviorDefinition complexGateway condition conditionExpression \
    conditionalEventDefinition conversation conversationAssociation conversationLink \
    correlationKey correlationProperty correlationPropertyBinding correlationPropertyRef \
    correlationPropertyRetrievalExpression correlationSubscription dataInput dataInputAssociation \
    dataInputRefs dataObject dataObjectReference dataOutput dataOutputAssociation dataOutputRefs \
    dataPath dataState dataStore dataStoreReference definitions documentation endEvent endPoint \
    endPointRef error errorEventDefinition errorRef escalation escalationEventDefinition event \
    eventBasedGateway eventDefinition eventDefinitionRef exclusiveGateway expression extension \
    extensionElements flowElement flowNodeRef formalExpression from globalBusinessRuleTask \
    globalChoreographyTask globalConversation globalManualTask globalScriptTask globalTask \
    globalUserTask group humanPerformer implicitThrowEvent import inMessageRef inclusiveGateway \
    incoming innerConversationNodeRef innerMessageFlowRef innerParticipantRef inputDataItem \
    inputSet inputSetRefs interface interfaceRef intermediateCatchEvent intermediateThrowEvent \
    ioBinding ioSpecification itemDefinition lane laneSet linkEventDefinition loopCardinality \
    loopCharacteristics loopCondition loopDataInputRef loopDataOutputRef manualTask message \
    messageEventDefinition messageFlow messageFlowAssociation messageFlowRef messagePath \
    messageRef monitoring multiInstanceLoopCharacteristics operation operationRef \
    optionalInputRefs optionalOutputRefs outMessageRef outerConversationNodeRef \
    outerMessageFlowRef outerParticipantRef outgoing outputDataItem outputSet outputSetRefs \
    parallelGateway participant participantAssociation participantMultiplicity participantRef \
    partitionElement partnerEntity partnerRole performer potentialOwner process property \
    receiveTask relationship rendering resource resourceAssignmentExpression resourceParameter \
    resourceParameterBinding resourceRef resourceRole script scriptTask sendTask sequenceFlow \
    serviceTask signal signalEventDefinition source sourceRef standardLoopCharacteristics \
    startEvent subChoreography subConversation subProcess supportedInterfaceRef supports target \
    targetRef task terminateEventDefinition text textAnnotation timeCycle timeDate timeDuration \
    timerEventDefinition to transaction transformation userTask whileExecutingInputRefs \
    whileExecutingOutputRefs";

/// Their attributes.
const ATTRIBUTES: &str = "\
    activityRef associationDirection attachedToRef behavior calledChoreographyRef \
    calledCollaborationRef calledElement cancelActivity cancelRemainingInstances capacity \
    categoryValueRef completionQuantity correlationKeyRef correlationPropertyRef dataObjectRef \
    dataStoreRef default definition definitionalCollaborationRef direction errorCode errorRef \
    escalationCode escalationRef evaluatesToTypeRef eventGatewayType exporter exporterVersion \
    expressionLanguage gatewayDirection id implementation implementationRef importType \
    initiatingParticipantRef innerConversationNodeRef innerMessageFlowRef innerParticipantRef \
    inputDataItem inputDataRef instantiate interfaceRef isAbstract isClosed isCollection \
    isExecutable isForCompensation isImmediate isInterrupting isRequired isSequential isUnlimited \
    itemKind itemSubjectRef language location loopMaximum loopType maximum messageFlowRef \
    messageRef method minimum mustUnderstand name namespace noneBehaviorEventRef \
    oneBehaviorEventRef operationRef ordering outerConversationNodeRef outerMessageFlowRef \
    outerParticipantRef outputDataItem outputDataRef parallelMultiple parameterRef participantRef \
    partitionElementRef partnerEntityRef partnerRoleRef processRef processType resourceRef \
    scriptFormat signalRef source sourceRef startQuantity structureRef target targetNamespace \
    targetRef testBefore textFormat triggeredByEvent type typeLanguage value waitForCompletion";

/// The elements that the Camunda 7 platform defines, and what was used before it.
const CAMUNDA_ELEMENTS: &str = "\
    caseExecutionListener connector connectorId constraint customResource entry \
    errorEventDefinition executionListener expression failedJobRetryTimeCycle field formData \
    formField formProperty in inputOutput inputParameter list map out outputParameter \
    potentialStarter properties property script string taskListener template validation value \
    variableListener";

/// Its attributes.
const CAMUNDA_ATTRIBUTES: &str = "\
    assignee async asyncAfter asyncBefore businessKey calledElementBinding calledElementTenantId \
    calledElementVersion calledElementVersionTag candidateGroups candidateStarterGroups \
    candidateStarterUsers candidateUsers caseBinding caseRef caseTenantId caseVersion class \
    collection config datePattern decisionRef decisionRefBinding decisionRefTenantId \
    decisionRefVersion decisionRefVersionTag default defaultValue delegateExpression \
    diagramRelationId dueDate elementVariable errorCodeVariable errorMessage errorMessageVariable \
    errorRef escalationCodeVariable event exclusive expression followUpDate formHandlerClass \
    formKey formRef formRefBinding formRefVersion historyTimeToLive id initiator \
    isStartableInTasklist jobPriority key label local mapDecisionResult modelerTemplate \
    modelerTemplateIcon modelerTemplateVersion name operationRef priority readable required \
    resource resultVariable resultVariableName ruleVariablesInput rules scriptFormat \
    skipExpression source sourceExpression stringValue target targetExpression taskPriority topic \
    type value variable variableEvents variableMappingClass variableMappingDelegateExpression \
    variableName variables versionTag writable writeable";

fn knows(known: &str, name: &str) -> bool {
    known.split(' ').any(|known| known == name)
}

/// What is said of a name that is none of these.
fn stranger(name: &str, known: &str) -> String {
    let near = did_you_mean(name, known.split(' '));
    format!("{name} has no meaning and no effect{near}")
}

impl Reader<'_> {
    /// Looks at an element and all inside, until there is more than is told.
    pub(super) fn strangers(&mut self, element: &Element, inside: Option<&str>) {
        if self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let id = element.attribute("id").map(|id| id.value.as_str());
        let id = match element.namespace {
            Namespace::Bpmn => id.or(inside),
            _ => inside,
        };
        let name = element.name.as_str();
        let message = match element.namespace {
            // Of what would be a flow node more is said.
            Namespace::Bpmn if !knows(ELEMENTS, name) && !is_flow_node(name) => {
                Some(stranger(name, ELEMENTS))
            }
            Namespace::Camunda if !knows(CAMUNDA_ELEMENTS, name) => {
                Some(format!("camunda:{}", stranger(name, CAMUNDA_ELEMENTS)))
            }
            _ => None,
        };
        if let Some(message) = message {
            self.warn(element.position, id, message);
        }
        for attribute in &element.attributes {
            let name = attribute.name.as_str();
            let message = match (element.namespace, attribute.namespace) {
                (_, Namespace::Camunda) if !knows(CAMUNDA_ATTRIBUTES, name) => {
                    format!("camunda:{}", stranger(name, CAMUNDA_ATTRIBUTES))
                }
                (Namespace::Camunda, Namespace::None) if !knows(CAMUNDA_ATTRIBUTES, name) => {
                    stranger(name, CAMUNDA_ATTRIBUTES)
                }
                (Namespace::Bpmn, Namespace::None) if !knows(ATTRIBUTES, name) => {
                    match knows(CAMUNDA_ATTRIBUTES, name) {
                        true => {
                            format!("{name} has no effect without its prefix: write camunda:{name}")
                        }
                        false => stranger(name, ATTRIBUTES),
                    }
                }
                _ => continue,
            };
            self.warn(attribute.position, id, message);
        }
        for child in &element.children {
            self.strangers(child, id);
        }
    }
}
